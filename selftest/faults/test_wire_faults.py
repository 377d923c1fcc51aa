"""Each fault of a wire really happens on it, is told, and is gone when it has ended.

On the rig that is simulated when it is asked for, and on an ordinary rig file that leads to a
simulator of its own, whose time passes by itself.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from hil.consoles.encharge import Encharge
from hil.errors import HilError, LineLost, NotAnEnvoy, SuiteError, Unavailable, Unreachable
from hil.evidence.timeline import Kind
from hil.faults.fault import Fault
from hil.rig.loading import load_rig
from hil.rig.rig import Rig, open_rig
from selftest.suite_runs import ROOT, simulator_process

SPEED = 25
INVENTORY = "/ivp/ensemble/inventory"


@pytest.fixture(scope="module", params=["embedded, virtual time", "a process of its own, paced"])
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("rig")
    with ExitStack() as stack:
        if request.param.startswith("embedded"):
            description = load_rig("sim-split-phase", ROOT / "rigs")
        else:
            path = folder / "desk.yaml"
            stack.enter_context(simulator_process(path, "--time", "paced", f"--speed={SPEED}"))
            description = load_rig(str(path), folder)
        yield stack.enter_context(open_rig(description, seed=0, directory=folder / "run"))


@pytest.fixture(autouse=True)
def sound_again(bench: Rig) -> Iterator[None]:
    """Whatever a test leaves is found and put back; the rest when the rig closes."""
    yield
    bench.baseline.restore(only=("wire", "line"))
    assert bench.faults.on() == []
    assert bench.encharges[0].console.ask("devinfo").reply


@pytest.fixture
def encharge(bench: Rig) -> Encharge:
    return bench.encharges[0]


def told_since(bench: Rig, mark: int, kind: Kind) -> list[str]:
    bench.catch_up()
    return [event.text for event in bench.timeline.since(mark) if event.kind is kind]


def log_of(bench: Rig, encharge: Encharge) -> str:
    folder = bench.timeline.path.parent / "consoles"
    return (folder / f"encharge-{encharge.serial_number}-console.log").read_text("utf-8")


# The wire to the gateway.


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_failing_front_end_answers_for_the_gateway_so_often(bench: Rig, status: int) -> None:
    fault = bench.faults.gateway.fails(status, times=2)
    for _ in range(2):
        with pytest.raises(Unavailable, match=str(status)):
            bench.envoy.info.read()
    assert bench.envoy.info.read().serial_number
    fault.end()


def test_a_run_asks_again_while_the_front_end_fails(bench: Rig) -> None:
    mark = bench.timeline.mark()
    with bench.faults.gateway.fails(503, times=2):
        assert bench.envoy.ensemble.inventory().serial_numbers
    sent = [text for text in told_since(bench, mark, Kind.SENT) if INVENTORY in text]
    assert len(sent) == 3


def test_a_page_for_people_comes_where_a_document_was_asked_for(bench: Rig) -> None:
    with bench.faults.gateway.says_html(), pytest.raises(NotAnEnvoy):
        bench.envoy.ensemble.inventory()


def test_only_requests_that_match_meet_a_fault(bench: Rig) -> None:
    with bench.faults.gateway.fails(503, matching=f"GET {INVENTORY}"):
        assert bench.envoy.info.read().serial_number
        with pytest.raises(Unavailable):
            bench.envoy.ensemble.inventory()


def test_an_answer_breaks_off_in_its_middle_and_nothing_is_asked_twice(bench: Rig) -> None:
    mark = bench.timeline.mark()
    with (
        bench.faults.gateway.resets(matching=f"GET {INVENTORY}"),
        pytest.raises(Unreachable, match="the answer broke off in the middle"),
    ):
        bench.envoy.ensemble.inventory()
    sent = [text for text in told_since(bench, mark, Kind.SENT) if INVENTORY in text]
    assert sent == [f"GET {INVENTORY}"]


def test_a_write_whose_answer_is_reset_has_been_carried_out(bench: Rig) -> None:
    before = bench.envoy.ensemble.relay().mains_admin_state
    with (
        bench.faults.gateway.resets(matching="POST /ivp/ensemble/relay"),
        pytest.raises(Unreachable, match="may or may not have been carried out"),
    ):
        bench.envoy.ensemble.open_relay()
    assert bench.envoy.ensemble.relay().mains_admin_state != before
    bench.envoy.ensemble.close_relay()


def test_a_slow_page_takes_so_much_longer_in_rig_time(bench: Rig) -> None:
    def took_s() -> float:
        return bench.envoy.view(INVENTORY).took_s

    usual_s = took_s()
    with bench.faults.gateway.is_slow(30, matching=f"GET {INVENTORY}"):
        slow_s = took_s()
    assert usual_s < 15 < 30 <= slow_s


def test_an_answer_that_nobody_would_wait_for_is_no_slow_page(bench: Rig) -> None:
    with pytest.raises(SuiteError, match="60 s are wanted"):
        bench.faults.gateway.is_slow(60)


@pytest.mark.parametrize("by_s", [-7200, 600])
def test_the_gateways_clock_is_off_by_so_much(bench: Rig, by_s: float) -> None:
    def date() -> datetime:
        return parsedate_to_datetime(bench.envoy.view(INVENTORY).headers["date"])

    before = date()
    with bench.faults.gateway.clock_is_off(by_s):
        apart_s = (date() - before).total_seconds()
    assert by_s <= apart_s < by_s + 300
    assert date() >= before


# The line of a console.


def devinfo(encharge: Encharge) -> list[str]:
    return list(encharge.console.ask("devinfo").reply)


def test_bytes_that_are_lost_are_lost_to_the_log_too(bench: Rig, encharge: Encharge) -> None:
    whole = devinfo(encharge)
    said = len(log_of(bench, encharge))
    with bench.faults.console(encharge).loses(3, every=40, after=20):
        seen = devinfo_or_error(encharge)
    assert seen != whole
    bench.catch_up()
    logged = log_of(bench, encharge)[said:]
    (hit, of) = map(int, next(re.finditer(r"(\d+) of (\d+) bytes were hit", logged)).groups())
    assert of > 40
    assert hit >= 3
    assert not all(line in logged for line in whole), "the log has what the test has not"
    assert devinfo(encharge) == whole


def devinfo_or_error(encharge: Encharge) -> list[str]:
    try:
        return devinfo(encharge)
    except HilError as error:
        return [str(error)]


def test_bytes_that_are_garbled_come_in_the_same_number(bench: Rig, encharge: Encharge) -> None:
    devinfo(encharge)
    stream = bench.recorder.recordings[encharge.serial_number].stream
    mark = stream.received
    devinfo(encharge)
    whole = stream.read(mark)
    mark = stream.received
    with bench.faults.console(encharge).garbles(every=20, after=len("devinfo\r\n") + 8):
        devinfo_or_error(encharge)
        said = stream.read(mark, len(whole))
    apart = [
        index for index, pair in enumerate(zip(whole, said, strict=True)) if len(set(pair)) > 1
    ]
    assert apart == list(range(17, len(whole), 20))
    assert all(whole[index] ^ said[index] == 0x55 for index in apart)


def test_a_command_is_held_up_in_rig_time(bench: Rig, encharge: Encharge) -> None:
    usual_s = encharge.console.ask("devinfo").took_s
    with bench.faults.console(encharge).holds_up(6):
        held_up_s = encharge.console.ask("devinfo").took_s
    assert usual_s < 5
    assert held_up_s >= 6


def test_a_line_that_is_cut_in_mid_reply_is_lost_with_what_had_come(
    bench: Rig, encharge: Encharge
) -> None:
    fault = bench.faults.console(encharge).is_cut(after=60)
    with pytest.raises(LineLost) as error:
        devinfo(encharge)
    assert "by a fault of the test" in str(error.value)
    assert f"sn: {encharge.serial_number}" in str(error.value)
    assert bench.encharges[1].console.answers(), "only this line is cut"
    assert not encharge.console.answers()

    fault.end()
    assert devinfo(encharge)
    gap = bench.recorder.recordings[encharge.serial_number].stream.gaps[-1]
    assert gap.back_s is not None


def test_what_a_device_says_while_its_line_is_cut_is_never_heard(
    bench: Rig, encharge: Encharge
) -> None:
    stream = bench.recorder.recordings[encharge.serial_number].stream

    encharge.verbose(True)
    mark = stream.received
    encharge.reset_network()
    bench.clock.sleep(30)
    assert b"WAITING TO JOIN" in stream.read(mark)
    encharge.reset_network()
    mark = stream.received
    with bench.faults.console(encharge).is_cut():
        bench.clock.sleep(30)
        assert not encharge.console.answers()
    assert devinfo(encharge)
    assert b"WAITING TO JOIN" not in stream.read(mark)
    bench.baseline.restore()


def test_one_line_has_one_fault_at_a_time(bench: Rig, encharge: Encharge) -> None:
    with (
        bench.faults.console(encharge).loses(every=40),
        pytest.raises(SuiteError, match="end that fault first"),
    ):
        bench.faults.console(encharge).garbles(every=40)


def test_hits_that_would_leave_nothing_of_a_key_to_mask_are_refused(
    bench: Rig, encharge: Encharge
) -> None:
    with pytest.raises(ValueError, match="recognised and masked"):
        bench.faults.console(encharge).garbles(every=4)


# The handle.


def begun(bench: Rig) -> list[Fault]:
    encharge = bench.encharges[0]
    return [
        bench.faults.gateway.fails(503),
        bench.faults.console(encharge).is_cut(),
        bench.faults.console(encharge).holds_up(2),
    ]


def test_the_timeline_has_the_beginning_and_the_end_of_each(bench: Rig) -> None:
    mark = bench.timeline.mark()
    for fault in reversed(begun(bench)):
        fault.end()
    told = [event for event in bench.timeline.since(mark) if event.wire == "faults"]
    assert [event.text.partition(": ")[0] for event in told] == ["fault begins"] * 3 + [
        "fault ends"
    ] * 3
    last = {str(event.data["name"]): event.data["value"] for event in told}
    assert set(last.values()) == {"none"}
    assert all(name.startswith("fault: ") for name in last)


def test_a_restore_ends_what_nobody_has_ended(bench: Rig) -> None:
    faults = begun(bench)
    put_back = [str(each) for each in bench.baseline.restore()]
    assert not any(fault.is_on for fault in faults)
    assert sum("instead of sound" in each for each in put_back) == 2
