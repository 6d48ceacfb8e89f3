"""What does a model file say, is it whole, and which score does it give?

A model is boosted decision trees (the sum of their leaves is the log-odds of mining) with the card that says where they
come from. It is data: nothing in it is run. The digest in the file is SHA-256 of everything else in it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sensor.behaviour.features import FEATURES
from sensor.model.detached import holds
from sensor.model.errors import SignatureError

MAX_MODEL_BYTES = 4_194_304
MAX_TREES = 2_000
MAX_NODES = 127
_OF_KEY = "name the public key: openssl pkey -in PRIVATE.pem -pubout -out PUBLIC.pem"

Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(_Data):
    """A question: ``feature`` ≤ ``at_most`` leads to node ``then``, else to ``otherwise``. Without one it is a leaf."""

    value: Finite
    """Log-odds that the leaf adds; of a question, the mean over what reached it in training."""
    feature: str | None = None
    at_most: Finite = 0.0
    then: int = 0
    otherwise: int = 0


Tree = Annotated[tuple[Node, ...], Field(min_length=1, max_length=MAX_NODES)]


class Card(_Data):
    """What a reader has to know before trusting the model."""

    purpose: str
    training: str
    real_mining_flows: int
    generated_mining_flows: int
    real_benign_flows: int
    generated_benign_flows: int
    sources: tuple[str, ...]
    threshold_chosen: str
    calibration: str
    known_failures: tuple[str, ...]


class Model(_Data):
    """A model that may be used: its features are known, its trees end, its digest is right."""

    schema_name: Annotated[Literal["minewatch.behaviour-model/1"], Field(alias="schema")]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    training_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 over the training rows."""
    threshold: Annotated[float, Field(gt=0, lt=1)]
    """A score from here on is a suspicion."""
    leaning: Annotated[float, Field(gt=0, lt=1)] | None = None
    """A score from here on counts beside what speaks against the flow's server itself. None: as ``threshold``."""
    doubt: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.0
    """How many records that say nothing are reckoned among those of a flow."""
    base: Finite
    """Log-odds before the first tree."""
    features: tuple[str, ...]
    trees: Annotated[
        tuple[Annotated[tuple[Node, ...], Field(min_length=1, max_length=MAX_NODES)], ...], Field(max_length=MAX_TREES)
    ]
    card: Card
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _usable(self) -> Model:
        if self.leans_from > self.threshold:
            raise ValueError(f"leaning {self.leaning} is over the threshold {self.threshold}")
        known = {feature.name for feature in FEATURES}
        if unknown := sorted(set(self.features) - known):
            raise ValueError(f"features this release does not know: {', '.join(unknown)}")
        for number, tree in enumerate(self.trees):
            below = Counter(
                branch for node in tree if node.feature is not None for branch in (node.then, node.otherwise)
            )
            if shared := next((place for place, count in below.items() if count > 1), None):
                raise ValueError(f"tree {number}, node {shared}: it hangs below two questions")
            for place, node in enumerate(tree):
                if fault := _fault(node, place, len(tree), self.features):
                    raise ValueError(f"tree {number}, node {place}: {fault}")
        return self

    @property
    def leans_from(self) -> float:
        """``leaning``, or ``threshold`` where there is none."""
        return self.threshold if self.leaning is None else self.leaning

    @property
    def label(self) -> str:
        """Name and digest, as evidence bears it."""
        return f"{self.name}@{self.digest[:12]}"


def load_model(path: Path, key: Path | None = None) -> Model:
    """The model in a file; with ``key``, a public key (PEM), only one whose ``.sig`` beside it was made by that key.

    Raises :class:`~sensor.model.errors.SignatureError` where it is not whole, not usable or not signed so.
    """
    told = _read(path, "name a behaviour model")
    if key is not None:
        _check(path, told, key)
    try:
        data = json.loads(told)
        model = Model.model_validate(data)
    except ValidationError as error:
        raise SignatureError(f"{path}: no usable behaviour model: {_first(error)}; train it again") from error
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"{path}: not JSON: {error}; fetch the file again") from error
    if (right := digest_of(data)) != model.digest:
        raise SignatureError(f"{path}: its digest should be {right}: it was changed or damaged; fetch the file again")
    return model


def signature_of(path: Path) -> Path:
    """Where the signature of a model file lies: beside it."""
    return path.with_name(f"{path.name}.sig")


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of a model file's content without its ``digest``, as compact JSON with sorted keys."""
    rest = {key: value for key, value in data.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _read(path: Path, mend: str) -> bytes:
    try:
        with path.open("rb") as file:
            told = file.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {error.strerror}; {mend}") from error
    if len(told) > MAX_MODEL_BYTES:
        raise SignatureError(f"{path}: larger than {MAX_MODEL_BYTES} bytes; is this a behaviour model?")
    return told


def _check(path: Path, told: bytes, key: Path) -> None:
    """Raise unless the signature beside the file is this key's over exactly these bytes."""
    signature = signature_of(path)
    try:
        theirs = _read(signature, "fetch it with the model, or make it: minewatch model sign"), _read(key, _OF_KEY)
        is_theirs = holds(told, *theirs)
    except ValueError as error:
        raise SignatureError(f"{signature}, {key}: no signature and public key ({error}); {_OF_KEY}") from error
    if not is_theirs:
        raise SignatureError(f"{path}: is not signed by {key}; do not use it, ask whoever it comes from")


def _fault(node: Node, place: int, nodes: int, features: Sequence[str]) -> str | None:
    """What is wrong with a node. Branches lead forwards only, so that no walk goes round for ever."""
    if node.feature is None:
        return None
    if node.feature not in features:
        return f"it asks for {node.feature}, which is not among the features"
    if not (place < node.then < nodes and place < node.otherwise < nodes):
        return "its branches lead nowhere"
    return None


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'model'}: {fault['msg'].removeprefix('Value error, ')}"


def logistic(odds: float) -> float:
    """Log-odds as a number from 0 to 1."""
    if odds >= 0:
        return 1 / (1 + math.exp(-odds))
    return math.exp(odds) / (1 + math.exp(odds))
