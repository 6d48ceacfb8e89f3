"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class CasesConfig(AppConfig):
    name = "collector.cases"
    verbose_name = bilingual("线索", "Leads")
