"""How much like mining does a flow behave, and what in it says so?"""

from __future__ import annotations

from dataclasses import dataclass

from sensor.model.bilingual import Words
from sensor.model.flow import FiveTuple


@dataclass(frozen=True, slots=True)
class BehaviourScore:
    """A model's judgement of one flow at one moment. By itself it is never more than a suspicion."""

    flow_id: int
    flow: FiveTuple
    at_ns: int
    score: float
    """The model's estimate that this is mining among the flows it was trained on, 0 to 1; no probability out there,
    where mining is far rarer."""
    is_suspect: bool
    """True when ``score`` is at or over the model's threshold."""
    model: str
    """Name and digest of the model, as ``NAME@12 hex digits``."""
    minutes: float
    """Age of the flow, in minutes from its first packet."""
    reasons: tuple[Words, ...]
    """What in the flow's behaviour speaks most for mining, strongest first."""
