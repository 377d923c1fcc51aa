"""The certificate that the gateway signs for itself, and the TLS that shows it."""

import hashlib
import os
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LASTS_DAYS = 3650


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """A certificate of one gateway; the next one made for it is another."""

    tls: ssl.SSLContext
    sha256: str
    """Its fingerprint: 64 lower-case digits."""


def self_signed(serial_number: str, *, now_unix: float) -> SelfSigned:
    """Make a new one, as a gateway does after a factory reset."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, serial_number)])
    made = datetime.fromtimestamp(now_unix, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=_LASTS_DAYS))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    shown = certificate.public_bytes(serialization.Encoding.DER)
    return SelfSigned(_server_side(pem), hashlib.sha256(shown).hexdigest())


def _server_side(pem: bytes) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    # The library reads certificates from files only.
    descriptor, path = tempfile.mkstemp(prefix="hil-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        tls.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return tls
