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
    STRATUMV2 = "stratumv2"
    BTCAGENT = "btcagent"
    ALEPHIUM = "alephium"


class Strength(enum.StrEnum):
    """Whether nothing but mining says this, or a second hint is needed.

    ``strong`` is for what cannot be read and yet is known by its shape alone: probable by itself, never confirmed.
    """

    UNIQUE = "unique"
    STRONG = "strong"
    AMBIGUOUS = "ambiguous"


class SessionEvent(enum.StrEnum):
    """What a message does in a mining session."""

    SUBSCRIBE = "subscribe"
    LOGIN = "login"
    SUBMIT = "submit"
    UNANSWERED = "unanswered"
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


class Checksum(enum.StrEnum):
    """How an address bears its checksum."""

    BASE58CHECK = "base58check"
    CRYPTONOTE = "cryptonote"
    SEGWIT = "segwit"
    BECH32 = "bech32"
    BECH32M = "bech32m"
    CASHADDR = "cashaddr"
    EIP55 = "eip55"
    ERGO = "ergo"
    SIA = "sia"
    WARTHOG = "warthog"
    IBAN = "iban"


class WorkForm(enum.StrEnum):
    """How the ``target`` or ``difficulty`` of a message tells the work of one share."""

    TARGET = "target"
    TARGET_LE = "target-le"
    TARGET_TIMES = "target-times"
    TARGET_16 = "target-16"
    COMPACT = "compact"
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
