"""The HTTP transport against a real server."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.clock import JumpingClock, WallClock
from hil.errors import SuiteError, Unreachable
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Event, Kind, Timeline
from hil.transports.http import Http
from hil.transports.http_records import body_text
from hil.vocabulary.secret import Secret
from selftest.held_port import held_port
from selftest.transports.scripted_server import (
    Misbehave,
    Say,
    Script,
    ScriptedServer,
    in_turn,
    serving,
)

KEY = "7C1E55A0B94D4F2E8A6613D0C2F7B981"
SHORT_S = 0.3


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    with Timeline(tmp_path / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()) as timeline:
        yield timeline


@contextlib.contextmanager
def talking(timeline: Timeline, script: Script) -> Iterator[tuple[Http, ScriptedServer]]:
    with (
        serving(script) as server,
        Http(server.url, clock=JumpingClock(), timeline=timeline) as http,
    ):
        yield http, server


def said(timeline: Timeline) -> list[str]:
    return [f"{event.kind} {event.text}" for event in timeline.since(0)]


def only(timeline: Timeline, kind: Kind) -> Event:
    (event,) = [event for event in timeline.since(0) if event.kind is kind]
    return event


def test_an_answer_comes_back_with_its_raw_text(timeline: Timeline) -> None:
    body = '{\n    "PEL": false\n}'
    with talking(timeline, in_turn(Say(body, headers={"X-Frame-Options": "DENY"}))) as (http, _):
        reply = http.get("/ivp/ss/pel_settings")

    assert (reply.status, reply.text, reply.method) == (200, body, "GET")
    assert reply.url == f"{http.base_url}/ivp/ss/pel_settings"
    assert reply.headers["x-frame-options"] == "DENY"
    assert "PEL" not in repr(reply)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 405, 500, 503])
def test_every_status_is_an_answer(timeline: Timeline, status: int) -> None:
    with talking(timeline, in_turn(Say("no", status))) as (http, _):
        assert http.get("/").status == status


def test_a_redirect_is_reported_and_not_followed(timeline: Timeline) -> None:
    moved = Say(status=301, headers={"Location": "/elsewhere"})
    with talking(timeline, in_turn(moved)) as (http, server):
        reply = http.get("/info")
        assert [heard.path for heard in server.heard] == ["/info"]
    assert (reply.status, reply.headers["location"]) == (301, "/elsewhere")


def test_a_cookie_is_neither_kept_nor_written_down(timeline: Timeline) -> None:
    cookie = Say("{}", headers={"Set-Cookie": "sessionId=q7Zp0aLw; HttpOnly; path=/"})
    with talking(timeline, in_turn(cookie, Say("{}"))) as (http, server):
        reply = http.get("/")
        http.get("/")
        assert "Cookie" not in server.heard[1].headers

    assert reply.headers["set-cookie"] == "sessionId=‹hidden›; HttpOnly; path=/"
    assert "q7Zp0aLw" not in timeline.path.read_text()


def test_what_a_page_calls_a_password_or_a_wireless_network_is_not_written_down(
    timeline: Timeline,
) -> None:
    body = (
        '{"ssid": "Backyard", "psk": "correct horse \\" battery", "site_token": "tk9", "cookie": 1}'
    )
    with talking(timeline, in_turn(Say(body))) as (http, _):
        answer = http.get("/ivp/wifi")

    assert answer.text == body, "whoever asked has it whole"
    written = timeline.path.read_text("utf-8")
    assert [each for each in ("Backyard", "horse", "battery", "tk9") if each in written] == []
    assert '\\"cookie\\": 1' in written, "a flag of the grid profile"


def test_json_goes_out_with_its_secrets_and_stays_masked_here(timeline: Timeline) -> None:
    secret = Secret("a key of no known form")
    item = {"serial_num": "122000000131", "link_key": secret}
    with talking(timeline, in_turn(Say("{}"))) as (http, server):
        http.post("/ivp/zb/provision", json={"serial_nums": [item]})
        (heard,) = server.heard

    assert heard.body == (
        b'{"serial_nums": [{"serial_num": "122000000131", "link_key": "a key of no known form"}]}'
    )
    assert heard.headers["Content-Type"] == "application/json"
    assert "122000000131" in str(only(timeline, Kind.SENT).data["body"])
    assert "no known" not in timeline.path.read_text()


def test_a_raw_body_goes_out_as_it_is(timeline: Timeline) -> None:
    with talking(timeline, in_turn(Say(), Say(), Say())) as (http, server):
        http.post("/a", raw='{"cut": ')
        http.put("/b", raw=b"\xff\x00")
        http.post("/c")
        assert [heard.body for heard in server.heard] == [b'{"cut": ', b"\xff\x00", b""]
        assert "Content-Type" not in server.heard[0].headers


def test_what_is_no_json_is_the_suites_fault(timeline: Timeline) -> None:
    with (
        talking(timeline, in_turn()) as (http, _),
        pytest.raises(SuiteError, match="a request body must be JSON; set is not"),
    ):
        http.post("/", json={"serial_nums": {1, 2}})


def test_a_list_in_a_query_keeps_its_commas(timeline: Timeline) -> None:
    with talking(timeline, in_turn(Say("{}"))) as (http, server):
        http.delete("/ivp/zb/provision", query={"serial_number": "122000000131,122000000132"})
        assert server.heard[0].path == ("/ivp/zb/provision?serial_number=122000000131,122000000132")


def test_an_exchange_is_a_pair_on_the_timeline(timeline: Timeline) -> None:
    with talking(timeline, in_turn(Say("x" * 1800))) as (http, _):
        http.post("/ivp/ensemble/relay", raw="{}")

    assert said(timeline) == ["→ POST /ivp/ensemble/relay", "← 200, 1.8 kB in 0.00 s"]
    assert only(timeline, Kind.SENT).wire == "envoy http"
    assert only(timeline, Kind.SENT).data["body"] == "{}"
    heard = only(timeline, Kind.HEARD).data
    assert heard["body"] == "x" * 1800
    assert heard["headers"] == {"Content-Length": "1800"}


def test_a_key_in_an_answer_never_reaches_the_timeline(timeline: Timeline) -> None:
    with talking(timeline, in_turn(Say(f'{{"link_key": "{KEY}"}}'))) as (http, _):
        reply = http.get("/ivp/zb/commission")

    written = timeline.path.read_text()
    assert KEY in reply.text
    assert not any(KEY[at : at + 8] in written for at in range(len(KEY) - 7))
    assert KEY[:8] not in repr(reply)


def test_the_clock_settles_before_each_request_and_after_its_answer(timeline: Timeline) -> None:
    order: list[str] = []

    class Settling(JumpingClock):
        def settle(self) -> None:
            order.append("settled")

    def script(heard: object) -> Say:
        order.append("served")
        return Say("{}")

    with serving(script) as server, Http(server.url, clock=Settling(), timeline=timeline) as http:
        http.get("/info")
    assert order == ["settled", "served", "settled"]


def test_one_connection_serves_many_requests(timeline: Timeline) -> None:
    with talking(timeline, lambda heard: Say("{}")) as (http, server):
        for _ in range(3):
            http.get("/info")
        assert len(server.opened) == 1


def test_a_get_on_a_dead_kept_alive_connection_is_asked_once_more(timeline: Timeline) -> None:
    script = in_turn(Say("first"), Misbehave.DROP, Say("second"))
    with talking(timeline, script) as (http, server):
        http.get("/info")
        assert http.get("/info").text == "second"
        assert len(server.heard) == 3

    assert only(timeline, Kind.TROUBLE).text == (
        "GET /info: the kept-alive connection was dropped before an answer came; asked once more"
    )


def test_closing_lets_go_of_the_connection_at_once(timeline: Timeline) -> None:
    script = in_turn(Say("first"), Misbehave.DROP, Say("second"))
    with talking(timeline, script) as (http, server):
        http.get("/info")
        http.get("/info")
        http.close()
        assert all(server.ended.acquire(timeout=5) for _ in server.opened)


def test_a_get_is_asked_no_third_time(timeline: Timeline) -> None:
    script = in_turn(Say("first"), Misbehave.DROP, Misbehave.DROP)
    with talking(timeline, script) as (http, server):
        http.get("/info")
        with pytest.raises(Unreachable, match="dropped before an answer came"):
            http.get("/info")
        assert len(server.heard) == 3


def test_a_get_dropped_on_a_fresh_connection_is_not_asked_again(timeline: Timeline) -> None:
    with talking(timeline, in_turn(Misbehave.DROP)) as (http, server):
        with pytest.raises(Unreachable) as caught:
            http.get("/info")
        assert len(server.heard) == 1
    assert str(caught.value) == (
        f"GET {http.base_url}/info: the connection was dropped before an answer came; suspect a "
        "gateway that restarts, or a process of it that crashed"
    )


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_what_changes_something_is_never_sent_twice(timeline: Timeline, method: str) -> None:
    with talking(timeline, in_turn(Say("first"), Misbehave.DROP)) as (http, server):
        http.get("/info")
        with pytest.raises(Unreachable) as caught:
            getattr(http, method)("/ivp/ensemble/relay")
        assert [heard.method for heard in server.heard] == ["GET", method.upper()]
    assert str(caught.value).endswith(
        f"The {method.upper()} may or may not have been carried out; it was not sent again"
    )
    assert only(timeline, Kind.TROUBLE).text == str(caught.value)


def test_an_answer_cut_off_in_the_middle_is_no_answer(timeline: Timeline) -> None:
    with (
        talking(timeline, in_turn(Say('{"name": "x"}', shorter_by=5))) as (http, _),
        pytest.raises(Unreachable, match="the answer broke off in the middle"),
    ):
        http.get("/ivp/arf/profile")


def test_something_else_than_http_is_named(timeline: Timeline) -> None:
    with (
        talking(timeline, in_turn(Misbehave.BABBLE)) as (http, _),
        pytest.raises(Unreachable, match="what came back is not HTTP; suspect the port"),
    ):
        http.get("/info")


def test_a_closed_port_is_refused_with_what_to_suspect(timeline: Timeline) -> None:
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        with (
            Http(url, clock=JumpingClock(), timeline=timeline) as http,
            pytest.raises(Unreachable) as caught,
        ):
            http.post("/ivp/ensemble/relay", json={})
    assert str(caught.value) == (
        f"POST {url}/ivp/ensemble/relay: connection refused; suspect the port, or a gateway that "
        "is starting (its pages come up minutes after the network)"
    )


@pytest.mark.parametrize(
    ("method", "ending"),
    [("get", "one process of it that hangs"), ("post", "it was not sent again")],
)
def test_a_gateway_that_stays_silent_is_given_up(
    timeline: Timeline, method: str, ending: str
) -> None:
    with (
        serving(in_turn(Misbehave.HANG)) as server,
        Http(
            server.url,
            clock=WallClock(speed=1000),
            timeline=timeline,
            read_limit_s=60,
            wall_floor_s=SHORT_S,
        ) as http,
    ):
        with pytest.raises(Unreachable) as caught:
            getattr(http, method)("/home")
        assert f"connected, but no answer in {SHORT_S} s" in str(caught.value)
        assert str(caught.value).endswith(ending)


def test_a_slow_rig_clock_gives_the_gateway_its_rig_time(timeline: Timeline) -> None:
    http = Http("http://127.0.0.1", clock=WallClock(speed=0.5), timeline=timeline, read_limit_s=60)
    assert http.read_limit_wall_s == 120


def test_a_bench_that_runs_fast_still_waits_ten_wall_seconds(timeline: Timeline) -> None:
    assert Http("http://127.0.0.1", clock=JumpingClock(), timeline=timeline).read_limit_wall_s == 10


@pytest.mark.parametrize(
    "url", ["192.0.2.10", "ftp://192.0.2.10", "http://", "http://192.0.2.10/ivp", "/dev/ttyUSB0"]
)
def test_a_wrong_address_is_the_suites_fault(timeline: Timeline, url: str) -> None:
    with pytest.raises(SuiteError, match="is no gateway's address; write http://host:port"):
        Http(url, clock=JumpingClock(), timeline=timeline)


def test_closing_twice_is_fine(timeline: Timeline) -> None:
    http = Http("http://127.0.0.1", clock=JumpingClock(), timeline=timeline)
    http.close()
    http.close()


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("", "grün �"),
        ("text/html; charset=ISO-8859-1", "grÃ¼n ÿ"),
        ("x; charset=no-such", "grün �"),
    ],
)
def test_a_body_is_read_in_its_own_character_set(content_type: str, text: str) -> None:
    assert body_text("grün ".encode() + b"\xff", content_type) == text
