"""Tokens of firmware 7 and later: who makes them, and how the gateway reads them."""

import secrets
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hil.simulator.access.roles import Role

ISSUER = "Entrez"
ALGORITHM = "ES256"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    role: Role
    jti: str


class TokenIssuer:
    """Stands for the cloud: signs tokens with a key whose public half every gateway knows."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._private_pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.public_pem = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(
        self, serial_number: str, *, role: str = "owner", now_unix: float, lasts_s: float
    ) -> str:
        """A token for one gateway, with the claims that real ones have."""
        claims = {
            "aud": serial_number,
            "iss": ISSUER,
            "enphaseUser": role,
            "exp": int(now_unix + lasts_s),
            "iat": int(now_unix),
            "jti": secrets.token_hex(16),
            "username": f"{role}@example.com",
        }
        return jwt.encode(claims, self._private_pem, algorithm=ALGORITHM)


def claims_of(
    token: str,
    *,
    public_pem: bytes,
    serial_number: str,
    now_unix: float,
    looks_at_the_signature: bool = True,
) -> Claims | None:
    """What a token says, where this gateway takes it; None where it does not.

    The library's own clock is the wall's; `exp` is held against the gateway's instead.
    """
    try:
        said = jwt.decode(
            token,
            public_pem,
            algorithms=[ALGORITHM],
            audience=serial_number,
            issuer=ISSUER,
            options={
                "require": ["aud", "exp", "iss", "jti", "enphaseUser"],
                "verify_signature": looks_at_the_signature,
                "verify_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError:
        return None
    until = said["exp"]
    if not isinstance(until, int | float) or until <= now_unix:
        return None
    return Claims(Role.named(said["enphaseUser"]), str(said["jti"]))
