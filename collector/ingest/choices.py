"""Which words does a detection row use? Those of the wire format."""

from django.db import models

from collector.text import bilingual
from sensor.model.evidence import Verdict
from sensor.model.wire import State


class DetectionState(models.TextChoices):
    """Where in a session's life the statement was made."""

    OPENED = State.OPENED.value, bilingual("开始", "Opened")
    UPDATED = State.UPDATED.value, bilingual("更新", "Updated")
    CLOSED = State.CLOSED.value, bilingual("结束", "Closed")


class DetectionVerdict(models.TextChoices):
    """How sure the sensor was."""

    SUSPECTED = Verdict.SUSPECTED.value, bilingual("疑似", "Suspected")
    PROBABLE = Verdict.PROBABLE.value, bilingual("很可能", "Probable")
    CONFIRMED = Verdict.CONFIRMED.value, bilingual("确认", "Confirmed")
