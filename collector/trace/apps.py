"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class TraceConfig(AppConfig):
    name = "collector.trace"
    verbose_name = bilingual("溯源", "Tracing")

    def ready(self) -> None:
        """Replies are read by the import framework."""
        # Models can be imported only now.
        from collector.registry.imports.kinds import register_kind
        from collector.trace.reply import KIND

        register_kind(KIND)
