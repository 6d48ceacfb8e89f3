"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ExchangeConfig(AppConfig):
    name = "collector.exchange"
    verbose_name = bilingual("交换", "Exchange")

    def ready(self) -> None:
        """Lists of the state and the province are read by the import framework."""
        # Models can be imported only now.
        from collector.exchange import ip_list
        from collector.registry.imports.kinds import register_kind

        for kind in ip_list.KINDS:
            register_kind(kind)
