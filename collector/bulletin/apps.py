"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class BulletinConfig(AppConfig):
    name = "collector.bulletin"
    verbose_name = bilingual("周报通报", "Bulletins")
