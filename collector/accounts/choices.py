"""Which kinds of office, role and token are there?"""

from django.db import models

from collector.text import bilingual


class OfficeKind(models.TextChoices):
    """Whose office it is."""

    CYBERSPACE = "cyberspace", bilingual("网信", "Cyberspace administration")
    REFORM = "reform", bilingual("发展改革", "Development and reform")
    PUBLIC_SECURITY = "public-security", bilingual("公安", "Public security")
    INDUSTRY = "industry", bilingual("经信", "Industry and information technology")
    EDUCATION = "education", bilingual("教育", "Education")
    DISCIPLINE = "discipline", bilingual("纪检监察", "Discipline inspection")
    CARRIER = "carrier", bilingual("电信运营商", "Carrier")
    ASSESSOR = "assessor", bilingual("第三方评估", "Third-party assessor")
    UNIT = "unit", bilingual("被通报单位", "Notified unit")
    OTHER = "other", bilingual("其他", "Other")


class Role(models.TextChoices):
    """What a member of an office may do; the three administrators are separate persons (三员分立)."""

    SYSTEM_ADMIN = "system-admin", bilingual("系统管理员", "System administrator")
    SECURITY_ADMIN = "security-admin", bilingual("安全管理员", "Security administrator")
    AUDIT_ADMIN = "audit-admin", bilingual("审计管理员", "Audit administrator")
    MANAGER = "manager", bilingual("负责人", "Manager")
    OFFICER = "officer", bilingual("经办人", "Case officer")
    VIEWER = "viewer", bilingual("只读", "Read-only")
    PENDING = "pending", bilingual("待授权", "No role yet")


class TokenScope(models.TextChoices):
    """What an API token opens."""

    INGEST = "ingest", bilingual("检测上报", "Deliver detections")
    OFFICE = "office", bilingual("单位接口", "Office API")
