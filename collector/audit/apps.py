"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class AuditConfig(AppConfig):
    name = "collector.audit"
    verbose_name = bilingual("审计", "Audit")

    def ready(self) -> None:
        """Listen to logins, and have the log walked by ``verify``."""
        from collector.audit import logins  # noqa: F401  # connects its receivers
        from collector.audit.services import verify
        from collector.chain import register_chain

        register_chain("audit", verify)
