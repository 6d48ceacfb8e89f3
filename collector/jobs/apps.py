"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class JobsConfig(AppConfig):
    name = "collector.jobs"
    verbose_name = bilingual("任务", "Jobs")
