"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class CasesConfig(AppConfig):
    name = "collector.cases"
    verbose_name = bilingual("线索", "Leads")

    def ready(self) -> None:
        """Ledger, cases and evidence are walked by ``verify``; files of duty rules are read by the imports."""
        from collector.cases import duty_import, verify
        from collector.chain import register_chain
        from collector.registry.imports.kinds import register_kind

        register_kind(duty_import.KIND)

        register_chain("cases", verify.verify_ledger)
        register_chain("case rows", verify.verify_cases)
        register_chain("case evidence", verify.verify_evidence)
