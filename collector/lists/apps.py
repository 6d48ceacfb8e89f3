"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ListsConfig(AppConfig):
    name = "collector.lists"
    verbose_name = bilingual("周清单", "Weekly lists")
