"""How much like mining does a flow behave, and what in it says so?"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from sensor.behaviour.evidence import Evidence
from sensor.behaviour.features import FEATURES, features
from sensor.behaviour.judge import Judge
from sensor.behaviour.model import Model, logistic
from sensor.behaviour.record import Behaviour
from sensor.model.bilingual import Words
from sensor.model.cuts import TableCuts
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
    """The model's estimate, by all records of the flow so far, that this is mining among the flows it was trained on,
    0 to 1; no probability out there, where mining is far rarer."""
    is_suspect: bool
    """True when ``score`` is at or over the model's threshold."""
    is_leaning: bool
    """True when it is enough beside what speaks against the flow's server itself; true of every suspect."""
    model: str
    """Name and digest of the model, as ``NAME@12 hex digits``."""
    minutes: float
    """Age of the flow, in minutes from its first packet."""
    reasons: tuple[Words, ...]
    """What in the flow's last record speaks most for mining, strongest first; nothing where the score does not lean."""


class Scorer:
    """Scores what an engine's session hands on, by one model. Remembers what it thought of up to ``most`` flows."""

    def __init__(self, model: Model, most: int = 200_000) -> None:
        self._judge = Judge(model)
        self.model = model
        self._most = most
        self._evidence = Evidence(model.doubt, most, TableCuts())

    def anew(self, cuts: TableCuts) -> Scorer:
        """One for another session, whose flows bear the same numbers: of the same model, and nothing remembered. What
        its table gives up is counted in ``cuts``."""
        fresh = copy.copy(self)
        fresh._evidence = Evidence(self.model.doubt, self._most, cuts)
        return fresh

    def score(
        self, flow_id: int, flow: FiveTuple, first_seen_ns: int, at_ns: int, behaviour: Behaviour
    ) -> BehaviourScore:
        """How much like mining the flow behaves at ``at_ns``, this record and those before it together."""
        values = features(behaviour)
        score = logistic(self._evidence.with_record(flow_id, self._judge.odds(values)))
        is_leaning = score >= self.model.leans_from
        return BehaviourScore(
            flow_id,
            flow,
            at_ns,
            score,
            score >= self.model.threshold,
            is_leaning,
            self.model.label,
            max(at_ns - first_seen_ns, 0) / _MINUTE_NS,
            _reasons(self._judge.shares(values)) if is_leaning else (),
        )


def _reasons(shares: list[float]) -> tuple[Words, ...]:
    """The features that added most to the log-odds."""
    ranked = sorted(zip(shares, FEATURES, strict=True), key=lambda pair: -pair[0])
    return tuple(feature.words for share, feature in ranked[:MAX_REASONS] if share > 0)
