"""Which model judges behaviour here, and within which bounds is behaviour recorded?"""

from __future__ import annotations

from sensor.behaviour.model import Model
from sensor.behaviour.shelf import model_in
from sensor.config.options import BehaviourSettings
from sensor.engine.api import BehaviourLimits


def model_of(settings: BehaviourSettings) -> Model | None:
    """The model that the options name, checked; None where they name none. Raises ``SignatureError``."""
    return None if settings.model is None else model_in(settings.model, settings.key)


def limits_of(settings: BehaviourSettings) -> BehaviourLimits | None:
    """The bounds of the records; None where nothing judges them."""
    if settings.model is None:
        return None
    return BehaviourLimits(**settings.model_dump(exclude={"model", "key"}))
