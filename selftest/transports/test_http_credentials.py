"""Digest, tokens and pinned certificates against a real server."""

import hashlib
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from hil.clock import JumpingClock
from hil.errors import SuiteError, Unreachable, WrongCertificate
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.transports.http import Http
from hil.transports.http_auth import Bearer, Digest
from hil.vocabulary.secret import Secret
from selftest.transports.scripted_server import Heard, Say, in_turn, serving

PASSWORD = Secret("correct-horse-42")
TOKEN = Secret("eyJhbGciOi.not-really-a-token.0123456789")
CHALLENGE = 'Digest qop="auth", realm="enphaseenergy.com", nonce="bm9uY2Ugb2YgYSB0ZXN0"'


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    with Timeline(tmp_path / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()) as timeline:
        yield timeline


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certificate(authority: trustme.CA) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context, and the SHA-256 fingerprint of its new certificate."""
    made = authority.issue_cert("gateway.test")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.configure_cert(tls)
    shown = ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())
    return tls, hashlib.sha256(shown).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def asks_for_digest(heard: Heard) -> Say:
    """A gateway of firmware 4 to 6: no algorithm, no opaque, and it closes after the 401."""
    parts = dict(re.findall(r'(\w+)="?([^",]+)"?', heard.headers.get("Authorization", "")))
    owner = md5(f"installer:enphaseenergy.com:{PASSWORD.reveal()}")
    asked = md5(f"{heard.method}:{heard.path}")
    nonce = f"{parts.get('nonce')}:{parts.get('nc')}:{parts.get('cnonce')}:auth"
    if parts.get("response") == md5(f"{owner}:{nonce}:{asked}"):
        return Say("{}")
    return Say("no", 401, {"WWW-Authenticate": CHALLENGE, "Connection": "close"})


def test_digest_opens_the_gateway_and_both_halves_are_recorded(timeline: Timeline) -> None:
    with (
        serving(asks_for_digest) as server,
        Http(
            server.url, clock=JumpingClock(), timeline=timeline, auth=Digest("installer", PASSWORD)
        ) as http,
    ):
        assert http.post("/ivp/ss/pel_settings", json={"pel_settings": {}}).status == 200
        assert [heard.body for heard in server.heard] == [b'{"pel_settings": {}}'] * 2

    events = timeline.since(0)
    assert [event.text.split(" in ")[0] for event in events] == [
        "POST /ivp/ss/pel_settings",
        "401, 2 B",
        "POST /ivp/ss/pel_settings",
        "200, 2 B",
    ]
    assert 'username="installer"' in str(events[2].data)
    assert 'response="‹hidden›"' in str(events[2].data)
    assert PASSWORD.reveal() not in timeline.path.read_text()


def test_a_wrong_digest_password_is_an_answer_and_not_a_loop(timeline: Timeline) -> None:
    with (
        serving(asks_for_digest) as server,
        Http(
            server.url,
            clock=JumpingClock(),
            timeline=timeline,
            auth=Digest("installer", Secret("wrong-horse-41")),
        ) as http,
    ):
        assert http.get("/info").status == 401
        assert len(server.heard) == 2


@pytest.mark.parametrize("challenge", ["Digest \x84\x96ÿ", "Digest", 'Basic realm="x"'])
def test_a_challenge_that_nobody_can_read_is_a_401(timeline: Timeline, challenge: str) -> None:
    refused = Say("no", 401, {"WWW-Authenticate": challenge})
    with (
        serving(in_turn(refused)) as server,
        Http(
            server.url, clock=JumpingClock(), timeline=timeline, auth=Digest("installer", PASSWORD)
        ) as http,
    ):
        assert http.get("/api/v1/production/inverters").status == 401


def test_a_token_goes_over_a_pinned_connection(timeline: Timeline, authority: trustme.CA) -> None:
    tls, fingerprint = certificate(authority)
    with_colons = ":".join(re.findall("..", fingerprint.upper()))
    with (
        serving(in_turn(Say("{}")), tls) as server,
        Http(
            server.url,
            clock=JumpingClock(),
            timeline=timeline,
            auth=Bearer(TOKEN),
            certificate_sha256=with_colons,
        ) as http,
    ):
        assert http.get("/ivp/ensemble/status").status == 200
        assert server.heard[0].headers["Authorization"] == f"Bearer {TOKEN.reveal()}"

    sent = timeline.since(0)[0]
    assert sent.data["headers"]["Authorization"] == "Bearer ‹hidden›"  # type: ignore[index]
    written = timeline.path.read_text()
    value = TOKEN.reveal()
    assert not any(value[at : at + 8] in written for at in range(len(value) - 7))


def test_another_certificate_is_refused_and_nothing_is_sent(
    timeline: Timeline, authority: trustme.CA
) -> None:
    tls, _ = certificate(authority)
    _, of_another = certificate(authority)
    with serving(in_turn(), tls) as server:
        http = Http(
            server.url,
            clock=JumpingClock(),
            timeline=timeline,
            auth=Bearer(TOKEN),
            certificate_sha256=of_another,
        )
        with http, pytest.raises(WrongCertificate) as caught:
            http.post("/ivp/ensemble/relay", json={"mains_admin_state": "open"})
        assert server.heard == []

    message = str(caught.value)
    assert message.startswith(
        f"POST {server.url}/ivp/ensemble/relay: the certificate shown there is not the one of the "
        "rig file (certificate_sha256), so nothing was sent."
    )
    assert f"openssl s_client -connect 127.0.0.1:{server.server_address[1]}" in message
    assert "may or may not" not in message
    assert [event.kind for event in timeline.since(0)] == [Kind.SENT, Kind.TROUBLE]


def test_a_port_without_tls_is_named(timeline: Timeline) -> None:
    with (
        serving(in_turn()) as server,
        Http(
            server.url.replace("http:", "https:"),
            clock=JumpingClock(),
            timeline=timeline,
            certificate_sha256="0" * 64,
        ) as http,
        pytest.raises(Unreachable, match="suspect that this port speaks plain http"),
    ):
        http.get("/info")


def test_https_without_a_fingerprint_is_refused_with_the_way_to_get_it(timeline: Timeline) -> None:
    with pytest.raises(SuiteError) as caught:
        Http("https://192.0.2.10", clock=JumpingClock(), timeline=timeline)
    assert str(caught.value) == (
        "https://192.0.2.10: https needs certificate_sha256, the fingerprint of the gateway's own "
        "certificate. Get it on a network you trust: openssl s_client -connect 192.0.2.10:443 "
        "</dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256"
    )


def test_a_fingerprint_of_another_kind_is_refused(timeline: Timeline) -> None:
    with pytest.raises(SuiteError, match="is no SHA-256 fingerprint"):
        Http(
            "https://192.0.2.10",
            clock=JumpingClock(),
            timeline=timeline,
            certificate_sha256="AA:BB",
        )


def test_a_fingerprint_for_plain_http_is_refused(timeline: Timeline) -> None:
    with pytest.raises(SuiteError, match="plain http shows no certificate"):
        Http(
            "http://192.0.2.10",
            clock=JumpingClock(),
            timeline=timeline,
            certificate_sha256="0" * 64,
        )
