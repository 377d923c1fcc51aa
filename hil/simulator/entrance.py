"""What stands before the simulated gateway: certificate, tokens, passwords, and its ports."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from hil.errors import RigFileError
from hil.simulator.access.refusals import moved_to_https
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.pages import SERVER
from hil.simulator.simulation import Simulation
from hil.simulator.site_file import Access, GatewayTruth
from hil.simulator.written_rig import Credentials

TOKEN_LASTS_S = 366 * 86400.0
"""An owner's lasts for a year. A real installer's lasts for 12 hours (public documentation): in virtual
time a run would outlive it."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Made anew for every simulator: no two have the same certificate, or take the same tokens."""

    credentials: Credentials
    token_key: bytes | None = None
    tls: ssl.SSLContext | None = None


def entrance_of(gateway: GatewayTruth, *, epoch: int) -> Entrance:
    """What `gateway.access` asks for.

    Raises:
        RigFileError: what makes certificates and tokens is not installed.
    """
    match gateway.access:
        case Access.OPEN:
            return Entrance(Credentials())
        case Access.DIGEST:
            return Entrance(Credentials(digest=("installer", gateway.password_of_installer)))
        case Access.TOKEN:
            return _by_token(gateway, epoch)


def _by_token(gateway: GatewayTruth, epoch: int) -> Entrance:
    # Here and not above: these libraries are slow to load, and most simulators are open.
    try:
        from hil.simulator.access.certificate import self_signed
        from hil.simulator.access.tokens import TokenIssuer
    except ImportError as error:
        raise RigFileError(
            f"access: token needs {error.name}, which is not installed: in hil's folder, "
            "pip install -e '.[token]'"
        ) from error
    certificate = self_signed(gateway.serial_number, now_unix=epoch)
    issuer = TokenIssuer()
    tokens = {
        role: issuer.token(gateway.serial_number, role=role, now_unix=epoch, lasts_s=TOKEN_LASTS_S)
        for role in ("installer", "owner")
    }
    ended = issuer.token(
        gateway.serial_number, role="installer", now_unix=epoch - 86400, lasts_s=3600
    )
    credentials = Credentials(
        certificate_sha256=certificate.sha256, tokens=tokens, ended_token=ended
    )
    return Entrance(credentials, issuer.public_pem, certificate.tls)


@dataclass(frozen=True, slots=True)
class WebFaces:
    """The ports of one gateway, listening and not yet serving."""

    url: str
    redirected_url: str | None
    faces: tuple[HttpFace, ...]


def web_faces(simulation: Simulation, entrance: Entrance) -> WebFaces:
    """HTTP; or HTTPS, and beside it a port of plain HTTP that only leads there."""
    firmware = simulation.site.gateway.firmware
    main = HttpFace(
        handle=simulation.request,
        date=simulation.unix_time,
        firmware=firmware,
        tls=entrance.tls,
    )
    if entrance.tls is None:
        return WebFaces(f"http://127.0.0.1:{main.port}", None, (main,))

    def lead_there(request: Request) -> Answer:
        path = request.target if request.target.startswith("/") else urlsplit(request.target).path
        return moved_to_https(f"https://127.0.0.1:{main.port}{path}", SERVER)

    plain = HttpFace(handle=lead_there, date=simulation.unix_time, firmware=firmware)
    return WebFaces(
        f"https://127.0.0.1:{main.port}", f"http://127.0.0.1:{plain.port}", (main, plain)
    )
