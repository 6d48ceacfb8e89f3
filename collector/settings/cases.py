"""Which options does casework have?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from collector.settings.options import Bounded, Options


class CasesOptions(Options):
    """When silence proves a clearance, and how the ledger of cases is kept."""

    ledger_digest: Literal["sha256", "sm3"] = "sha256"
    silent_days: Bounded = 14
    max_gap_s: Bounded = 900
    max_loss_share: Annotated[float, Field(ge=0, lt=1)] = 0.001
    max_signature_age_days: Bounded = 90
    max_evidence_bytes: Bounded = 256 * 1024 * 1024
