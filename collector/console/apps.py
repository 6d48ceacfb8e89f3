"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ConsoleConfig(AppConfig):
    name = "collector.console"
    verbose_name = bilingual("工作台", "Console")
