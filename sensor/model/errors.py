"""What can go wrong, named by where the fault is.

MinewatchError
├── ConfigError       an option or a configuration file
├── SignatureError    a signature file
├── CaptureError      a capture file or an interface
├── EngineError       the engine could not be chosen or started
├── SpoolError        the durable queue on disk
├── UplinkError       the way to the collector
└── VerifyError       a server cannot be asked, or the log of asking cannot be kept
"""


class MinewatchError(Exception):
    """Root of every fault a user can mend. The message says what, where, and what to do."""


class ConfigError(MinewatchError):
    """An option or a configuration file cannot be used as written."""


class SignatureError(MinewatchError):
    """A signature set cannot be loaded; the message lists every fault as ``file:line: what``."""


class CaptureError(MinewatchError):
    """A capture cannot be opened at all. Damage further on is reported, not raised."""


class EngineError(MinewatchError):
    """The engine that was asked for cannot run here."""


class SpoolError(MinewatchError):
    """The spool cannot be opened or written."""


class UplinkError(MinewatchError):
    """The collector refused a batch in a way that a retry cannot mend."""


class VerifyError(MinewatchError):
    """Active verification is not allowed here, or its log cannot be kept."""
