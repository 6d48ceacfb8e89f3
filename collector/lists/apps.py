"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ListsConfig(AppConfig):
    name = "collector.lists"
    verbose_name = bilingual("名单与台账", "Lists and registers")

    def ready(self) -> None:
        """Replies and registers are read by the import framework."""
        # Models can be imported only now.
        from collector.lists import duty_import, intake, replies
        from collector.registry.imports.kinds import register_kind

        for kind in (duty_import.KIND, replies.KIND, *intake.KINDS):
            register_kind(kind)
