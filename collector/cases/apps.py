"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class CasesConfig(AppConfig):
    name = "collector.cases"
    verbose_name = bilingual("线索", "Leads")

    def ready(self) -> None:
        """Have ledger, cases and evidence walked by ``verify``."""
        from collector.cases import verify
        from collector.chain import register_chain

        register_chain("cases", verify.verify_ledger)
        register_chain("case rows", verify.verify_cases)
        register_chain("case evidence", verify.verify_evidence)
