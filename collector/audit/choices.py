"""Which deeds does the audit log tell apart?"""

from django.db import models

from collector.text import bilingual


class Action(models.TextChoices):
    """What was done."""

    LOGIN = "login", bilingual("登录", "Signed in")
    LOGIN_FAILED = "login-failed", bilingual("登录失败", "Failed to sign in")
    LOGOUT = "logout", bilingual("退出", "Signed out")
    LOOK = "look", bilingual("查看", "Looked")
    CHANGE = "change", bilingual("操作", "Changed")
    REFUSED = "refused", bilingual("越权被拒", "Was refused")
    UNMASK = "unmask", bilingual("查看明文", "Unmasked")
    EXPORT = "export", bilingual("导出", "Exported")
    SHARE = "share", bilingual("共享", "Shared")
    IMPORT = "import", bilingual("导入", "Imported")
    PURGE = "purge", bilingual("清除", "Purged")
    GRANT = "grant", bilingual("授权", "Granted")
