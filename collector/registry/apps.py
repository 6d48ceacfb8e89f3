"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class RegistryConfig(AppConfig):
    name = "collector.registry"
    verbose_name = bilingual("台账", "Registry")
