"""How does Django know this app?"""

from django.apps import AppConfig

from collector.text import bilingual


class AccountsConfig(AppConfig):
    name = "collector.accounts"
    verbose_name = bilingual("账户", "Accounts")
