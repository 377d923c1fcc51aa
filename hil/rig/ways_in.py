"""Other clients of a rig's gateway, let in otherwise than the rig or not at all: for tests of who is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import ExitStack
from json import dumps, loads

from hil.envoy.client import Envoy
from hil.envoy.way_in import CHECK_JWT
from hil.errors import SuiteError, Unintelligible
from hil.rig.rig_file import RigFile
from hil.rig.secrets import SecretReference
from hil.transports.http import Http
from hil.transports.http_auth import Auth, Bearer, NoAuth, Session
from hil.vocabulary.secret import Secret


class WaysIn:
    """Each gives a client; their connections are closed with `stack`."""

    def __init__(self, description: RigFile, http: Http, stack: ExitStack) -> None:
        """`http` is that of the rig; nothing is sent yet."""
        self._description, self._http, self._stack = description, http, stack

    def nobody(self) -> Envoy:
        """Somebody who shows nothing."""
        return self._by(NoAuth())

    def changed_signature(self) -> Envoy:
        """With the rig's token, signed by somebody else."""
        head, claims, signature = self._token
        at = len(signature) // 2
        other = "A" if signature[at] != "A" else "B"
        return self._bearer(head, claims, signature[:at] + other + signature[at + 1 :])

    def changed_role(self) -> Envoy:
        """With the rig's token, in which somebody has given himself the highest role there is."""
        head, claims, signature = self._token
        said = loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        raised = dumps({**said, "enphaseUser": "factory"}).encode()
        return self._bearer(head, urlsafe_b64encode(raised).decode().rstrip("="), signature)

    def weaker(self) -> Envoy:
        """With the token of a weaker role that the rig file points to."""
        return self._pointed_to("weaker", self._description.envoy.other_tokens.weaker)

    def ended(self) -> Envoy:
        """With the token that has ended."""
        return self._pointed_to("ended", self._description.envoy.other_tokens.ended)

    def session(self) -> Envoy:
        """Buy a session with the rig's token; it is let in by that alone.

        Raises:
            Unintelligible: the gateway takes the token, and sets no cookie.
        """
        reply = self._http.get(CHECK_JWT)
        if reply.status != 200 or not reply.cookies:
            raise Unintelligible(
                f"envoy at {self._http.base_url}: GET {CHECK_JWT}: {reply.status}, and no session's cookie"
            )
        name, value = next(iter(reply.cookies.items()))
        return self._by(Session(name, value))

    @property
    def _token(self) -> tuple[str, str, str]:
        auth = self._http.auth
        parts = auth.token.reveal().split(".") if isinstance(auth, Bearer) else []
        if len(parts) != 3:
            raise SuiteError(
                f"rig {self._description.name}: it has no token of three parts to be changed"
            )
        return parts[0], parts[1], parts[2]

    def _bearer(self, *parts: str) -> Envoy:
        return self._by(Bearer(Secret(".".join(parts))))

    def _pointed_to(self, name: str, reference: SecretReference | None) -> Envoy:
        if reference is None:
            raise SuiteError(f"rig {self._description.name}: no envoy.other_tokens.{name}")
        return self._by(Bearer(reference.resolve(self._description.folder)))

    def _by(self, auth: Auth) -> Envoy:
        http = self._http.let_in_by(auth)
        self._stack.callback(http.close)
        return Envoy(http)
