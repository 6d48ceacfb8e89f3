"""Is the collector's certificate checked, and the sensor's own one shown?"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sinks_support import StandIn, make_detection, serving

from sensor.config.options import SpoolOptions, UplinkOptions
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import Uplink


def write_certificate(folder: Path, name: str, address: str) -> None:
    """A self-signed certificate for ``address``, as ``name.pem`` and ``name.key``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(key.private_bytes(*private))


CASES = [
    # what the sensor trusts and shows, which address the server's certificate is for, delivered?
    ("trusted", {"ca_file": "server.pem"}, "127.0.0.1", False, True),
    ("unknown authority", {}, "127.0.0.1", False, False),
    ("another's authority", {"ca_file": "client.pem"}, "127.0.0.1", False, False),
    ("certificate of another host", {"ca_file": "server.pem"}, "192.0.2.1", False, False),
    ("client certificate wanted, none shown", {"ca_file": "server.pem"}, "127.0.0.1", True, False),
    (
        "client certificate shown",
        {"ca_file": "server.pem", "client_cert_file": "client.pem", "client_key_file": "client.key"},
        "127.0.0.1",
        True,
        True,
    ),
]


@pytest.mark.parametrize(
    ("files", "address", "wants_client", "delivered"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_tls(tmp_path: Path, files: dict[str, str], address: str, wants_client: bool, delivered: bool) -> None:
    write_certificate(tmp_path, "server", address)
    write_certificate(tmp_path, "client", "127.0.0.1")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    if wants_client:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(tmp_path / "client.pem")
    paths: dict[str, Any] = {option: tmp_path / name for option, name in files.items()}
    with serving(StandIn(), tls) as port, Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
        spool.put([make_detection(1)])
        uplink = Uplink(UplinkOptions(url=f"https://127.0.0.1:{port}", timeout_s=5, **paths), spool, lambda: "t")
        with closing(uplink._courier):
            uplink.step()
        assert spool.depth == (0 if delivered else 1)
