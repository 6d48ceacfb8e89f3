"""What do tests of active verification share? Options on loopback, a verifier, and certificates."""

from __future__ import annotations

import datetime
import random
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sensor.config.verify import VerifyOptions
from sensor.signature import load
from sensor.verify.log import VerifyLog
from sensor.verify.run import Hands, Verifier

SIGNATURES = load()


def options_for(folder: Path, **changes: Any) -> VerifyOptions:
    """Loopback alone is allowed; waits are short, as the servers are near."""
    return VerifyOptions(
        **{
            "enabled": True,
            "source_address": "127.0.0.2",
            "log": folder / "verify.jsonl",
            "allow_networks": ("127.0.0.0/8",),
            "allow_divisions": ("330000",),
            "connections_per_minute": 600,
            "connections_per_address": 500,
            "connections_per_server": 200,
            "answer_s": 1.0,
            **changes,
        }
    )


@contextmanager
def verifier_for(options: VerifyOptions, **hands: Any) -> Iterator[Verifier]:
    """A verifier with the real clock, unless a test brings its own."""
    told = {
        "now_s": time.time,
        "steady_s": time.monotonic,
        "sleep": time.sleep,
        "rng": random.Random(5),
        "look_up": _nobody_known,
    }
    with VerifyLog(options.log, options) as log:
        yield Verifier(options, SIGNATURES, log, Hands(**{**told, **hands}))


def _nobody_known(name: str) -> str:
    raise OSError(f"{name} is not known here")


def server_context(folder: Path, name: str = "mining.proxy") -> ssl.SSLContext:
    """TLS with a certificate of its own for ``name``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*private) + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
