"""Which words does pool watch know?"""

from __future__ import annotations

from django.db import models

from collector.text import bilingual


class Strongest(models.TextChoices):
    """The strongest verdict that a session with the endpoint had."""

    SUSPECTED = "suspected", bilingual("可疑", "Suspected")
    PROBABLE = "probable", bilingual("很可能", "Probable")
    CONFIRMED = "confirmed", bilingual("确认", "Confirmed")


class ProposalKind(models.TextChoices):
    """What is proposed to be listed."""

    NAME = "name", bilingual("域名", "Name")
    ADDRESS = "address", bilingual("地址", "Address")
    PROBED = "probed", bilingual("经验证的地址", "Verified address")


SIGNATURES = {
    ProposalKind.NAME: "watch_names",
    ProposalKind.ADDRESS: "watch_addresses",
    ProposalKind.PROBED: "watch_probed",
}
"""By kind: the signature of an update that lists it."""


class ProposalState(models.TextChoices):
    """Where a proposal stands. Only what a person accepted goes into an update."""

    PROPOSED = "proposed", bilingual("待审", "Proposed")
    ACCEPTED = "accepted", bilingual("已采纳", "Accepted")
    DECLINED = "declined", bilingual("已否决", "Declined")
    STALE = "stale", bilingual("已过期", "Stale")
