"""HTTP digest of firmware before 7: MD5, `qop="auth"`, without `algorithm` and `opaque`."""

import base64
import hashlib
import re
import secrets

from hil.simulator.access.refusals import no_digest
from hil.simulator.access.roles import Role
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.site_file import GatewayTruth
from hil.simulator.world import World

REALM = "enphaseenergy.com"

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_STAMP_BYTES, _PROOF_BYTES = 4, 16


class DigestAccess:
    """Two users: `envoy`, whose password ends the serial number, and `installer`.

    The nonce count is not checked: real clients begin at 0 as well as at 1. A nonce of this gateway is
    good for ever (assumed).
    """

    def __init__(self, gateway: GatewayTruth, world: World) -> None:
        self._users = {
            "envoy": (gateway.serial_number[-6:], Role.OWNER),
            "installer": (gateway.password_of_installer, Role.INSTALLER),
        }
        self._world = world
        self._private = secrets.token_hex(16)

    def check(self, request: Request, needed: Role) -> Answer | None:
        if self._role(request) >= needed:
            return None
        return no_digest(f'Digest qop="auth", realm="{REALM}", nonce="{self._nonce()}"')

    def stamped(self, request: Request, answer: Answer) -> Answer:
        return answer

    def _role(self, request: Request) -> Role:
        scheme, _, parameters = request.headers.get("authorization", "").partition(" ")
        said = {name: a or b for name, a, b in _PARAMETER.findall(parameters)}
        password, role = self._users.get(said.get("username", ""), ("", Role.NOBODY))
        if (
            scheme.lower() != "digest"
            or role is Role.NOBODY
            or said.get("realm") != REALM
            or said.get("uri") != request.target
            or said.get("qop") != "auth"
            or not self._is_ours(said.get("nonce", ""))
        ):
            return Role.NOBODY
        owner = _md5(f"{said['username']}:{REALM}:{password}")
        asked = _md5(f"{request.method}:{request.target}")
        nonce = f"{said['nonce']}:{said.get('nc', '')}:{said.get('cnonce', '')}:auth"
        return role if said.get("response") == _md5(f"{owner}:{nonce}:{asked}") else Role.NOBODY

    def _nonce(self) -> str:
        stamp = int(self._world.unix_time).to_bytes(_STAMP_BYTES, "big")
        return base64.b64encode(stamp + self._proof(stamp)).decode()

    def _is_ours(self, nonce: str) -> bool:
        try:
            content = base64.b64decode(nonce, validate=True)
        except ValueError:
            return False
        stamp, proof = content[:_STAMP_BYTES], content[_STAMP_BYTES:]
        return proof == self._proof(stamp)

    def _proof(self, stamp: bytes) -> bytes:
        return hashlib.sha256(self._private.encode() + stamp).digest()[:_PROOF_BYTES]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
