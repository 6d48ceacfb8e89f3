"""Code that understands the signature set: document, parse, compile, samples, lint."""

from sensor.signature.checks import Failure, check_samples
from sensor.signature.coins import Coin, Wallet
from sensor.signature.compile import Signature
from sensor.signature.document import Entry
from sensor.signature.efficiency import AgentRow, DeviceClass, EfficiencyDocument, EfficiencyRow, Span
from sensor.signature.load import load
from sensor.signature.match import Match
from sensor.signature.names import NameHit
from sensor.signature.refusals import RefusalDocument
from sensor.signature.remembered import Remembered, user_file
from sensor.signature.samples import Sample
from sensor.signature.set import ESCAPE_ANCHOR, SignatureSet
from sensor.signature.words import (
    Checksum,
    Direction,
    Kind,
    Level,
    Protocol,
    Refusal,
    Sender,
    SessionEvent,
    Status,
    Strength,
    WorkForm,
)

__all__ = [
    "ESCAPE_ANCHOR",
    "AgentRow",
    "Checksum",
    "Coin",
    "DeviceClass",
    "Direction",
    "EfficiencyDocument",
    "EfficiencyRow",
    "Entry",
    "Failure",
    "Kind",
    "Level",
    "Match",
    "NameHit",
    "Protocol",
    "Refusal",
    "RefusalDocument",
    "Remembered",
    "Sample",
    "Sender",
    "SessionEvent",
    "Signature",
    "SignatureSet",
    "Span",
    "Status",
    "Strength",
    "Wallet",
    "WorkForm",
    "check_samples",
    "load",
    "user_file",
]
