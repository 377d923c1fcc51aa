"""Every way in over HTTP, with the suite's own client and a gateway that really asks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import jwt
import pytest

from hil.clock import JumpingClock
from hil.envoy.client import Envoy
from hil.errors import NotAnEnvoy, NotAuthorized, Unreachable, WrongCertificate
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.simulator.access.tokens import TokenIssuer
from hil.simulator.installer_password import installer_password
from hil.simulator.process import DEFAULT_EPOCH, Running
from hil.simulator.site_file import Access
from hil.transports.http import Http
from hil.transports.http_auth import Auth, Bearer, Digest, NoAuth
from hil.vocabulary.secret import Secret
from selftest.simulator.access.asking import gateway
from selftest.transports.scripted_server import Say, serving

SERIAL_NUMBER = "122000000001"
INSTALLER = installer_password(SERIAL_NUMBER)
Opened = Callable[..., AbstractContextManager[Envoy]]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway("8.2.4286", Access.TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def old() -> Iterator[Running]:
    with gateway("6.2.0", Access.DIGEST) as running:
        yield running


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """A client for a URL and a way in; what it writes goes to timeline.jsonl."""

    @contextmanager
    def opened(url: str, auth: Auth, fingerprint: str | None = None) -> Iterator[Envoy]:
        file = tmp_path / "timeline.jsonl"
        with (
            Timeline(file, now=lambda: 0.0, redactor=Redactor()) as timeline,
            Http(
                url,
                clock=JumpingClock(),
                timeline=timeline,
                auth=auth,
                certificate_sha256=fingerprint,
            ) as http,
        ):
            yield Envoy(http)

    return opened


def by_token(opened: Opened, running: Running, token: str) -> AbstractContextManager[Envoy]:
    return opened(running.url, Bearer(Secret(token)), running.credentials.certificate_sha256)


@pytest.mark.parametrize("role", ["owner", "installer"])
def test_a_token_opens_what_its_role_may(opened: Opened, running: Running, role: str) -> None:
    with by_token(opened, running, running.credentials.tokens[role]) as envoy:
        assert len(envoy.ensemble.inventory().devices) == 3
        if role == "installer":
            assert envoy.zigbee.status().joined_serial_numbers


@pytest.mark.parametrize(("user", "password"), [("envoy", "000001"), ("installer", INSTALLER)])
def test_a_user_is_let_in_by_digest(opened: Opened, old: Running, user: str, password: str) -> None:
    with opened(old.url, Digest(user, Secret(password))) as envoy:
        assert len(envoy.ensemble.inventory().devices) == 3
        assert envoy.ensemble.relay().mains_admin_state == "closed"


def test_a_role_that_is_too_weak_is_told_from_a_bad_token(opened: Opened, running: Running) -> None:
    with (
        by_token(opened, running, running.credentials.tokens["owner"]) as envoy,
        pytest.raises(NotAuthorized) as caught,
    ):
        envoy.zigbee.status()
    assert str(caught.value).endswith(
        "GET "
        + running.url
        + "/ivp/zb/status: 401, not let in. It takes the token elsewhere (/auth/check_jwt), "
        "so the role is too weak: the token is that of user 'owner', and /ivp/zb/status is not for every owner; "
        "try an installer's"
    )


def made(issuer: TokenIssuer, **changes: object) -> str:
    claims = {"aud": SERIAL_NUMBER, "iss": "Entrez", "enphaseUser": "owner", "jti": "1"}
    claims |= {"exp": DEFAULT_EPOCH + 86400, **changes}  # type: ignore[dict-item]
    return jwt.encode(claims, issuer._private_pem, algorithm="ES256")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"exp": DEFAULT_EPOCH - 86400},
            r"The token ended on 2025-06-01 12:00 UTC \(it is 2025-06-02 12:0\d UTC for the gateway\)",
        ),
        (
            {"aud": "122000000002"},
            "The token was made for gateway 122000000002, and this is 122000000001",
        ),
        (
            {},
            r"It takes this token nowhere \(/auth/check_jwt refuses it too\), although it says that it is good for "
            "this gateway until 2025-06-03 12:00 UTC: suspect one that is cut off or was signed by somebody else",
        ),
        ({"exp": 10**30}, "although it says that it is good for this gateway: suspect"),
    ],
    ids=["ended", "another gateway's", "signed by another", "ends never"],
)
def test_a_bad_token_is_told_by_what_it_says_itself(
    opened: Opened, running: Running, changes: dict[str, object], why: str
) -> None:
    with by_token(opened, running, made(TokenIssuer(), **changes)) as envoy:
        envoy.info.read()
        with pytest.raises(NotAuthorized, match=why):
            envoy.ensemble.relay()


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        (NoAuth(), r"no way in \(envoy.auth: none\), and this gateway wants one: write .*bearer"),
        (Bearer(Secret("no-token")), "points to is no token: a JWT has three parts"),
        (Digest("envoy", Secret("000001")), "does not ask for a user and a password"),
    ],
    ids=["none", "no token", "digest"],
)
def test_another_way_in_than_by_token_is_named(
    opened: Opened, running: Running, auth: Auth, why: str
) -> None:
    with (
        opened(running.url, auth, running.credentials.certificate_sha256) as envoy,
        pytest.raises(NotAuthorized, match=why),
    ):
        envoy.ensemble.relay()


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        (NoAuth(), r"this gateway wants one: write envoy.auth: \{digest"),
        (Bearer(Secret("a.b.c")), "asks for a user and takes no tokens; before firmware 7 write"),
        (
            Digest("envoy", Secret("wrong")),
            "does not take user 'envoy' with the rig file's password",
        ),
    ],
    ids=["none", "token", "wrong password"],
)
def test_another_way_in_than_by_digest_is_named(
    opened: Opened, old: Running, auth: Auth, why: str
) -> None:
    with opened(old.url, auth) as envoy, pytest.raises(NotAuthorized, match=why):
        envoy.ensemble.relay()


def test_another_certificate_is_an_error_of_its_own_and_not_a_gateway_that_is_away(
    opened: Opened, running: Running
) -> None:
    token = Bearer(Secret(running.credentials.tokens["owner"]))
    with opened(running.url, token, "0" * 64) as envoy:
        with pytest.raises(WrongCertificate, match="is not the one of the rig file"):
            envoy.answers()
        with pytest.raises(WrongCertificate, match="nothing was sent"):
            envoy.ensemble.command_dry_contact("NC1", "open")
    assert running.simulation.site.rest_hits["POST", "/ivp/ensemble/dry_contacts"] == 0


def test_http_where_https_is_spoken_is_named_with_the_key(opened: Opened, running: Running) -> None:
    assert running.redirected_url is not None
    with (
        opened(running.redirected_url, NoAuth()) as envoy,
        pytest.raises(NotAnEnvoy) as caught,
    ):
        envoy.info.read()
    assert f"301, only a redirect to {running.url}/info" in str(caught.value)
    assert "write so in the rig file, with certificate_sha256" in str(caught.value)


def test_https_where_http_is_spoken_is_named_with_the_key(opened: Opened, old: Running) -> None:
    url = old.url.replace("http:", "https:")
    with (
        opened(url, NoAuth(), "0" * 64) as envoy,
        pytest.raises(Unreachable, match="the rig file's url then begins with http://"),
    ):
        envoy.info.read()


def test_netrc_and_proxies_of_this_machine_are_not_used(
    opened: Opened,
    running: Running,
    old: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login envoy password somebody-elses\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    asked = threading.Event()

    def proxy(_: object) -> Say:
        asked.set()
        return Say("a proxy", 502)

    with serving(proxy) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, server.url)
            monkeypatch.setenv(name.upper(), server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with by_token(opened, running, running.credentials.tokens["owner"]) as envoy:
            assert envoy.ensemble.inventory().devices
        with opened(old.url, Digest("envoy", Secret("000001"))) as envoy:
            assert envoy.ensemble.relay().mains_admin_state == "closed"
        with (
            opened(old.url, NoAuth()) as envoy,
            pytest.raises(NotAuthorized, match="auth: none"),
        ):
            envoy.ensemble.relay()
    assert not asked.is_set()


def test_what_opens_the_gateway_is_written_nowhere(
    opened: Opened, running: Running, old: Running, tmp_path: Path
) -> None:
    token = running.credentials.tokens["installer"]
    with by_token(opened, running, token) as envoy:
        cookie = envoy.view("/auth/check_jwt").headers["set-cookie"]
    written = (tmp_path / "timeline.jsonl").read_text()
    with opened(old.url, Digest("installer", Secret(INSTALLER))) as envoy:
        envoy.ensemble.relay()
    written += (tmp_path / "timeline.jsonl").read_text()
    sessions = set(running.simulation.site.access._sessions)  # type: ignore[attr-defined]
    assert sessions
    assert "check_jwt" in written
    assert "Digest" in written
    for secret in (*token.split(".")[1:], INSTALLER, *sessions):
        assert secret not in written
    assert not [name for name in sessions if name in cookie]
