"""What do tests of TLS share? Certificates, and what both sides of a real handshake write."""

from __future__ import annotations

import contextlib
import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sensor.model.flow import Direction

KEY = rsa.generate_private_key(65_537, 2048)
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LOCALHOST = [(NameOID.COMMON_NAME, "localhost")]


def certificate(
    subject: list[tuple[x509.ObjectIdentifier, str]], serial: int, days: int, names: tuple[str, ...] = ()
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    made = x509.CertificateBuilder(name, name, KEY.public_key(), serial)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    return (
        made.not_valid_before(START).not_valid_after(START + datetime.timedelta(days=days)).sign(KEY, hashes.SHA256())
    )


def handshake(
    shown: x509.Certificate, sni: str | None, version: ssl.TLSVersion, folder: Path
) -> list[tuple[Direction, bytes]]:
    """What both sides of a real handshake write, in turn."""
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(KEY.private_bytes(*private) + shown.public_bytes(serialization.Encoding.PEM))
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(path)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = version
    pipes = [ssl.MemoryBIO() for _ in range(4)]
    ends = [
        client.wrap_bio(pipes[0], pipes[1], server_hostname=sni),
        server.wrap_bio(pipes[2], pipes[3], server_side=True),
    ]
    said: list[tuple[Direction, bytes]] = []
    for turn in range(8):
        way = Direction(turn % 2)
        with contextlib.suppress(ssl.SSLWantReadError):
            ends[way].do_handshake()
        if data := pipes[2 * way + 1].read():
            said.append((way, data))
            pipes[2 * way.other].write(data)
    return said
