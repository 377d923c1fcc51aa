"""How a gateway is told who asks: by firmware generation, nothing, digest or a token."""

from dataclasses import dataclass

from hil.vocabulary.secret import Secret


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nothing: the gateway's own loopback, and the pages that are open to everybody."""


@dataclass(frozen=True, slots=True)
class Digest:
    """HTTP digest, firmware 3.9 to 6.x. Users are `envoy` and `installer`. Source: real clients."""

    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token (JWT) with every request, firmware 7 and later. Source: real clients."""

    token: Secret


@dataclass(frozen=True, slots=True)
class Session:
    """The cookie that a token has bought, and no token. It ends; nobody renews it here."""

    name: str
    value: Secret


Auth = NoAuth | Digest | Bearer | Session
