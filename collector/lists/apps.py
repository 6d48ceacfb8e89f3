"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class ListsConfig(AppConfig):
    name = "collector.lists"
    verbose_name = bilingual("名单与台账", "Lists and registers")

    def ready(self) -> None:
        """Replies and registers are read by the import framework; frozen lists are walked by ``verify``."""
        # Models can be imported only now.
        from collector.chain import register_chain
        from collector.lists import frozen, intake, replies
        from collector.registry.imports.kinds import register_kind

        for kind in (replies.KIND, *intake.KINDS):
            register_kind(kind)
        register_chain("lists", frozen.verify)
