"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ResolveConfig(AppConfig):
    name = "collector.resolve"
    verbose_name = bilingual("定位", "Attribution")
