"""The relay in front of a gateway: faithful in what no fault asks for, and as strict with TLS."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from hil.clock import JumpingClock
from hil.errors import SuiteError, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.faults.fault import FaultsOn
from hil.faults.gateway_wire import GatewayWire
from hil.transports.http import Http
from selftest.transports.scripted_server import Say, in_turn, serving
from selftest.transports.test_http_credentials import certificate

NOTHING_ELSE = "GET /nothing else"
"""A fault of requests that nobody sends: the relay is there, and disturbs none."""


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    with Timeline(tmp_path / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()) as timeline:
        yield timeline


def wire_of(http: Http, timeline: Timeline) -> GatewayWire:
    return GatewayWire(http, clock=JumpingClock(), timeline=timeline, on=FaultsOn(timeline))


@contextlib.contextmanager
def saying(*answers: bytes) -> Iterator[str]:
    """A server that answers each connection's one request with these bytes, and closes it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            near, _ = listener.accept()
            with near:
                near.recv(65536)
                near.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Odd:  two  blanks\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
        b'{"a":1}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b'3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{"a":1}',
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ],
    ids=["length", "chunks", "until it closes", "no body"],
)
def test_what_no_fault_asks_for_is_as_it_came(timeline: Timeline, answer: bytes) -> None:
    with saying(answer, answer) as url, Http(url, clock=JumpingClock(), timeline=timeline) as http:
        direct = http.get("/ivp/made/up")
        with wire_of(http, timeline).fails(503, matching=NOTHING_ELSE):
            relayed = http.get("/ivp/made/up")
    assert (relayed.status, relayed.headers, relayed.text) == (
        direct.status,
        direct.headers,
        direct.text,
    )


def test_requests_are_as_they_were_and_one_connection_serves_many(timeline: Timeline) -> None:
    script = in_turn(*(Say("{}") for _ in range(3)))
    with (
        serving(script) as server,
        Http(server.url, clock=JumpingClock(), timeline=timeline) as http,
    ):
        http.post("/ivp/made/up", json={"limit": 3})
        with wire_of(http, timeline).fails(503, matching=NOTHING_ELSE):
            http.post("/ivp/made/up", json={"limit": 3})
            http.get("/ivp/made/up", query={"serial_number": "1,2"})
    direct, relayed, asked = server.heard
    assert direct == relayed
    assert asked.path == "/ivp/made/up?serial_number=1,2"
    assert len(server.opened) == 2, "one direct, one relayed"


def test_beyond_the_relay_is_tls_with_the_pinned_certificate(timeline: Timeline) -> None:
    tls, fingerprint = certificate(trustme.CA())
    with (
        serving(in_turn(Say('{"ok": 1}'), Say('{"ok": 2}' * 50)), tls) as server,
        Http(
            server.url, clock=JumpingClock(), timeline=timeline, certificate_sha256=fingerprint
        ) as http,
    ):
        wire = wire_of(http, timeline)
        with wire.resets(matching="POST"):
            assert http.get("/").text == '{"ok": 1}'
            with pytest.raises(Unreachable, match="broke off in the middle"):
                http.post("/", json={})


def test_another_certificate_there_gets_nothing(timeline: Timeline) -> None:
    authority = trustme.CA()
    tls, _ = certificate(authority)
    _, of_another = certificate(authority)
    with (
        serving(in_turn(), tls) as server,
        Http(
            server.url, clock=JumpingClock(), timeline=timeline, certificate_sha256=of_another
        ) as http,
        wire_of(http, timeline).fails(503, matching=NOTHING_ELSE),
        pytest.raises(Unreachable),
    ):
        http.get("/")
    assert server.heard == []
    assert any("another certificate is shown" in event.text for event in timeline.since(0))


def test_only_what_a_front_end_says_when_it_fails_can_be_had(timeline: Timeline) -> None:
    with (
        Http("http://127.0.0.1:9", clock=JumpingClock(), timeline=timeline) as http,
        pytest.raises(SuiteError, match="500, 502, 503, 504, not 404"),
    ):
        wire_of(http, timeline).fails(404)
