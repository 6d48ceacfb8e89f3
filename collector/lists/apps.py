"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ListsConfig(AppConfig):
    name = "collector.lists"
    verbose_name = bilingual("周清单", "Weekly lists")

    def ready(self) -> None:
        """Duty rules are read by the import framework."""
        # Models can be imported only now.
        from collector.lists.duty_import import KIND
        from collector.registry.imports.kinds import register_kind

        register_kind(KIND)
