"""How much like mining does a flow behave, and what in it says so?"""

from __future__ import annotations

from dataclasses import dataclass

from sensor.behaviour.features import FEATURES, features
from sensor.behaviour.model import Judge, Model
from sensor.behaviour.record import Behaviour
from sensor.model.bilingual import Words
from sensor.model.flow import FiveTuple

MAX_REASONS = 4
_MINUTE_NS = 60 * 10**9


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
    is_leaning: bool
    """True when it is enough beside what speaks against the flow's server itself; true of every suspect."""
    model: str
    """Name and digest of the model, as ``NAME@12 hex digits``."""
    minutes: float
    """Age of the flow, in minutes from its first packet."""
    reasons: tuple[Words, ...]
    """What in the flow's behaviour speaks most for mining, strongest first."""


class Scorer:
    """Scores what the engine hands on, by one model."""

    def __init__(self, model: Model) -> None:
        self._judge = Judge(model)
        self.model = model

    def score(
        self, flow_id: int, flow: FiveTuple, first_seen_ns: int, at_ns: int, behaviour: Behaviour
    ) -> BehaviourScore:
        """How much like mining the flow behaves at ``at_ns``."""
        values = features(behaviour)
        score = self._judge.score(values)
        return BehaviourScore(
            flow_id,
            flow,
            at_ns,
            score,
            score >= self.model.threshold,
            score >= self.model.leans_from,
            self.model.label,
            max(at_ns - first_seen_ns, 0) / _MINUTE_NS,
            _reasons(self._judge.shares(values)),
        )


def _reasons(shares: list[float]) -> tuple[Words, ...]:
    """The features that added most to the log-odds."""
    ranked = sorted(zip(shares, FEATURES, strict=True), key=lambda pair: -pair[0])
    return tuple(feature.words for share, feature in ranked[:MAX_REASONS] if share > 0)
