"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class PowerConfig(AppConfig):
    name = "collector.power"
    verbose_name = bilingual("用电监测", "Electricity")

    def ready(self) -> None:
        """Meter files are read by the import framework."""
        # Models can be imported only now.
        from collector.power.intake import KINDS, ON_UNDO
        from collector.registry.imports.changes import on_undo
        from collector.registry.imports.kinds import register_kind

        for kind in KINDS:
            register_kind(kind)
        for name, prepare in ON_UNDO.items():
            on_undo(name, prepare)
