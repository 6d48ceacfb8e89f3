"""Which words does the console say that no service has?"""

from __future__ import annotations

from django.db import models

from collector.text import bilingual
from sensor.model.evidence import EvidenceClass


class EvidenceKind(models.TextChoices):
    """What a signature went by."""

    PROTOCOL = EvidenceClass.PROTOCOL.value, bilingual("协议报文", "Mining message")
    INDICATOR = EvidenceClass.INDICATOR.value, bilingual("名称或地址", "Name or address")
    BEHAVIOUR = EvidenceClass.BEHAVIOUR.value, bilingual("行为", "Behaviour")
    PROBE = EvidenceClass.PROBE.value, bilingual("主动探测", "Probe")


class Knocking(models.TextChoices):
    """What a person without an account did."""

    TELL = "tell", bilingual("举报", "Tip-off")
    WRONG_CODE = "wrong-code", bilingual("查询码错误", "Wrong follow-up code")


class RateMethod(models.TextChoices):
    """From what a hash rate was estimated."""

    ACCEPTED_SHARES = (
        "accepted-shares",
        bilingual("按被接受的份额及其难度", "From the shares taken, and their difficulty"),
    )
