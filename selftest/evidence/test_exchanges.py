"""A slice of the timeline, as a person reads it."""

from hil.evidence.exchanges import BODY_LIMIT, console_text, consoles, http_text, merged_text
from hil.evidence.timeline import Event, Kind


def _event(at_s: float, wire: str, kind: Kind, text: str, **data: object) -> Event:
    return Event(rig_s=at_s, wall=0.0, wire=wire, kind=kind, text=text, data=data)


ENCHARGE, ENPOWER = "encharge 122000000131 console", "enpower 122000000124 console"

SLICE = [
    _event(1.0, ENCHARGE, Kind.SENT, "devinfo"),
    _event(2.0, "envoy http", Kind.SENT, "GET /ivp/livedata/status"),
    _event(2.5, "envoy http", Kind.HEARD, "200, 0.1 kB in 0.50 s", body='{"a": 1.10, "a": []}'),
    _event(1.2, ENCHARGE, Kind.HEARD, "sn: 122000000131"),
    _event(3.0, ENPOWER, Kind.HEARD, "[7.000] ZB: AI: 00"),
    _event(3.5, "suite", Kind.STEP, "wait for loss: met"),
]


def test_consoles_are_listed_in_the_order_in_which_they_spoke() -> None:
    assert consoles(SLICE) == ["encharge 122000000131", "enpower 122000000124"]


def test_one_console_is_told_in_rig_time_without_the_others() -> None:
    assert console_text(SLICE, device="encharge 122000000131") == (
        "      1.00 s  → devinfo\n      1.20 s  ← sn: 122000000131\n"
    )


def test_an_http_exchange_shows_every_key_and_number_as_it_came() -> None:
    assert http_text(SLICE) == (
        "      2.00 s  → GET /ivp/livedata/status\n"
        "      2.50 s  ← 200, 0.1 kB in 0.50 s\n"
        "              {\n"
        '                "a": 1.10,\n'
        '                "a": []\n'
        "              }\n"
    )


def test_an_answer_like_the_last_one_to_that_question_says_so() -> None:
    said = ['{"a": 1}', '{"a": 1}', '{"a": 2}']
    events = [
        event
        for number, body in enumerate(said)
        for event in (
            _event(number, "envoy http", Kind.SENT, "GET /ivp/ensemble/relay"),
            _event(number + 0.5, "envoy http", Kind.HEARD, "200, 8 B", body=body),
        )
    ]

    told = http_text(events)

    assert told.count('"a": 1') == 1
    assert "              (the same body as at 0.50 s)\n" in told
    assert told.endswith(
        '      2.50 s  ← 200, 8 B\n              {\n                "a": 2\n              }\n'
    )


def test_a_request_shows_its_body_and_only_the_headers_that_matter() -> None:
    events = [
        _event(
            1.0,
            "envoy http",
            Kind.SENT,
            "POST /ivp/ensemble/relay",
            headers={"Content-Type": "application/json", "User-Agent": "x"},
            body='{"mains_admin_state": "open"}',
        ),
        _event(1.5, "envoy http", Kind.HEARD, "401", headers={"WWW-Authenticate": "Digest"}),
        _event(2.0, "power switch http", Kind.SENT, "GET /power"),
    ]

    assert http_text(events).splitlines() == [
        "      1.00 s  → POST /ivp/ensemble/relay",
        "              Content-Type: application/json",
        "              {",
        '                "mains_admin_state": "open"',
        "              }",
        "      1.50 s  ← 401",
        "              WWW-Authenticate: Digest",
        "",
        "      2.00 s  [power switch] → GET /power",
    ]


def test_a_body_that_is_no_json_is_shown_as_it_is() -> None:
    events = [_event(1.0, "envoy http", Kind.HEARD, "503", body="<html>\nbusy\n</html>")]

    assert http_text(events).splitlines()[1:] == [
        "              <html>",
        "              busy",
        "              </html>",
    ]


def test_a_long_body_says_where_it_was_cut() -> None:
    events = [_event(1.0, "envoy http", Kind.HEARD, "200", body="x" * (BODY_LIMIT + 5))]

    text = http_text(events)

    assert text.count("x") == BODY_LIMIT
    assert f"cut here: {BODY_LIMIT} of {BODY_LIMIT + 5} characters shown" in text


def test_the_merged_timeline_is_in_order_of_rig_time() -> None:
    times = [line.split()[0] for line in merged_text(SLICE).splitlines()]

    assert times == ["1.00", "1.20", "2.00", "2.50", "3.00", "3.50"]


def test_nothing_said_gives_no_text_at_all() -> None:
    assert (http_text([]), merged_text([]), console_text([], device="x")) == ("", "", "")
