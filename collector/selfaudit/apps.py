"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class SelfAuditConfig(AppConfig):
    name = "collector.selfaudit"
    verbose_name = bilingual("自查", "Self-audits")
