"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class IngestConfig(AppConfig):
    name = "collector.ingest"
    verbose_name = bilingual("接收", "Ingest")
