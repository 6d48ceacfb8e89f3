"""Which words does the signature format know, and what do they mean?"""

from __future__ import annotations

import enum


class Status(enum.StrEnum):
    """How far a signature has come."""

    EXPERIMENTAL = "experimental"
    TEST = "test"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Level(enum.StrEnum):
    """How much a match weighs, lightest first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Sender(enum.Enum):
    """Which side of a session sent a message: the client (the miner) or the server (the pool)."""

    CLIENT = "client"
    SERVER = "server"


class Direction(enum.StrEnum):
    """Who sends the message: ``to_server`` means that the sender is the miner."""

    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"
    EITHER = "either"

    @property
    def sender(self) -> Sender | None:
        """The side that sends in this direction; None when it may be either."""
        return _SENDERS.get(self)


_SENDERS = {Direction.TO_SERVER: Sender.CLIENT, Direction.TO_CLIENT: Sender.SERVER}


class Protocol(enum.StrEnum):
    """Whose observations a signature looks at."""

    JSONRPC = "jsonrpc"
    HTTP = "http"
    TLS = "tls"
    DNS = "dns"


class Strength(enum.StrEnum):
    """Whether nothing but mining says this, or a second hint is needed."""

    UNIQUE = "unique"
    AMBIGUOUS = "ambiguous"


class SessionEvent(enum.StrEnum):
    """What a message does in a mining session."""

    SUBSCRIBE = "subscribe"
    LOGIN = "login"
    SUBMIT = "submit"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    JOB = "job"
    DIFFICULTY = "difficulty"
    KEEPALIVE = "keepalive"
    HASHRATE = "hashrate"
    WORK = "work"
    OTHER = "other"


class Refusal(enum.StrEnum):
    """Why a pool does not take a share."""

    STALE = "stale"
    DUPLICATE = "duplicate"
    LOW_DIFFICULTY = "low-difficulty"
    OTHER = "other"


class WorkForm(enum.StrEnum):
    """How the ``target`` or ``difficulty`` of a message tells the work of one share."""

    TARGET = "target"
    TARGET_LE = "target-le"
    TARGET_TIMES = "target-times"
    DIFFICULTY = "difficulty"
    WORK = "work"
    PACKED = "packed"


class Kind(enum.StrEnum):
    """What an indicator points at. ``site`` only names the operator; it is never evidence."""

    POOL = "pool"
    BROWSER_MINER = "browser-miner"
    PROXY = "proxy"
    DONATE = "donate"
    SITE = "site"
