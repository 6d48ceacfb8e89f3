"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class WatchConfig(AppConfig):
    name = "collector.watch"
    verbose_name = bilingual("矿池观察", "Pool watch")
