"""What a watcher knows, from events of a real (simulated) rig and from some written by hand."""

from pathlib import Path

import pytest
from rich.console import Console

from hil.cli.watch_view import view
from hil.consoles.dialect import encharge_dialect, enpower_dialect
from hil.evidence.timeline import Event, Kind
from hil.rig.watched import WatchedRig, association_word
from selftest.rig.desk import ENPOWER, FIRST, SECOND, desk, opened

DIALECTS = {
    f"enpower {ENPOWER}": enpower_dialect(),
    f"encharge {FIRST}": encharge_dialect(),
    f"encharge {SECOND}": encharge_dialect(),
}


def event(wire: str, kind: Kind, text: str, rig_s: float = 1.0, **data: object) -> Event:
    return Event(rig_s, 0.0, wire, kind, text, data)


def test_it_knows_what_the_run_has_seen_of_relay_radios_and_charge(tmp_path: Path) -> None:
    with desk(tmp_path), opened(tmp_path) as rig:
        rig.encharges[0].drop_from_network()
        rig.encharges[0].association()
        rig.envoy.ensemble.open_relay()
        rig.clock.sleep(300)
        rig.envoy.ensemble.relay()
        inventory = rig.envoy.ensemble.inventory()
        rig.envoy.zigbee.status()
        rig.envoy.zigbee.pairing_status()
        live = rig.envoy.livedata.status()
        rig.catch_up()
        events = rig.timeline.since(0)
        now_s = rig.clock.now()

    watched = WatchedRig(DIALECTS)
    for each in events:
        watched.take(each)

    lost, other = watched.nodes[f"encharge {FIRST}"], watched.nodes[f"encharge {SECOND}"]
    assert watched.mains_commanded == "open"
    assert watched.mains.startswith("open")
    assert watched.grid_mode == str(inventory.enpowers[0].enchg_grid_mode)
    assert watched.soc_pct == live.meters.soc
    assert watched.joining == "Join Disabled"
    assert (lost.joined, other.joined) == (False, True)
    assert (lost.communicating, other.communicating) == (False, True)
    assert lost.association == "unexpected state (AI 25)"
    assert other.association == "joined (AI 00)"
    assert other.pairing == "commissioned"
    assert lost.soc_pct == inventory.encharges[0].percent_full
    assert watched.rig_s == pytest.approx(now_s)

    shown = Console(width=160, record=True, file=(tmp_path / "shown").open("w"))
    shown.print(view(watched, name="desk", who="somebody", now_s=now_s, is_virtual=True))
    text = shown.export_text()
    shown.file.close()
    assert "mains relay open" in text
    assert "unexpected state (AI 25)" in text
    assert f"encharge {SECOND}" in text


def test_it_knows_which_test_runs_and_how_they_ended() -> None:
    watched = WatchedRig(DIALECTS)
    watched.take(event("suite", Kind.STEP, "test begins: tests/a.py::test_one", 5.0))
    watched.take(event("suite", Kind.STEP, "wait for x: met; saw y (1 s)", 6.0, wait="x"))
    assert (watched.test, watched.test_began_s) == ("tests/a.py::test_one", 5.0)
    assert watched.waited == "wait for x: met; saw y (1 s)"

    watched.take(event("suite", Kind.TROUBLE, "call failed: ZB-001 · not in time", 7.0))
    watched.take(event("suite", Kind.STEP, "test ended: test_one; the rig is as it was found", 8.0))
    assert watched.test == ""
    assert watched.tests_ended == 1
    assert watched.failures == ["call failed: ZB-001 · not in time"]

    watched.take(event("suite", Kind.STEP, "rig closes; put back: nothing differed", 9.0))
    assert watched.ending == "rig closes; put back: nothing differed"
    watched.take(event("keeper", Kind.STEP, "the rig is safe", 10.0))
    assert watched.ending == "the rig is safe"


def test_a_step_on_a_console_is_what_the_run_does_and_a_reply_is_not() -> None:
    watched = WatchedRig(DIALECTS)
    wire = f"encharge {FIRST} console"
    watched.take(event(wire, Kind.STEP, "forced loss: round 1: leave"))
    watched.take(event(wire, Kind.STEP, "'znr' took 0.050 s: OK", command="znr", took_s=0.05))
    assert watched.doing == f"encharge {FIRST}: forced loss: round 1: leave"


def test_a_gap_shows_until_the_console_is_heard_again() -> None:
    watched = WatchedRig(DIALECTS)
    wire, node = f"encharge {FIRST} console", watched.nodes[f"encharge {FIRST}"]
    watched.take(event(wire, Kind.TROUBLE, "gap: /dev/ttyUSB0: it was pulled out"))
    assert node.gap == "/dev/ttyUSB0: it was pulled out"
    assert [each.text for each in watched.troubles] == ["gap: /dev/ttyUSB0: it was pulled out"]
    watched.take(event(wire, Kind.HEARD, "ENC> zb at AI\nAT AI FF\n", 3.0))
    assert node.gap == ""
    assert node.association == "searching (AI FF)"
    assert (node.said, node.said_s) == ("← AT AI FF", 3.0)


def test_what_the_gateway_does_not_say_right_changes_nothing() -> None:
    watched = WatchedRig(DIALECTS)
    watched.take(event("envoy http", Kind.SENT, "GET /ivp/ensemble/relay"))
    watched.take(event("envoy http", Kind.HEARD, "200, 2 B in 0.20 s", body="{}"))
    watched.take(event("envoy http", Kind.SENT, "GET /ivp/ensemble/relay"))
    watched.take(event("envoy http", Kind.HEARD, "503, 0 B in 0.20 s", body=""))
    assert watched.mains == ""


def test_a_code_that_nobody_knows_is_shown_as_it_is() -> None:
    assert association_word(0x99) == "AI 99"
