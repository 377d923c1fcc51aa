"""Last words of a device: they end every wait, unless somebody has announced them."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.consoles.deaths import DeathWatch
from hil.consoles.dialect import Dialect, encharge_dialect
from hil.errors import DeviceDied, NotInTime, ProductError
from hil.evidence.timeline import Kind
from hil.rig.rig import Rig
from hil.transports.lines import LineReader
from hil.transports.stream import Stream
from selftest.consoles.scripted_device import Bench, bench
from selftest.rig.desk import FIRST, SECOND, desk, opened

PANIC = "PANIC: stack_guard at zb_task.c:114"


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as bed:
        yield bed


def waits(bed: Bench) -> dict[str, Callable[[], object]]:
    console = bed.console
    return {
        "expect": lambda: console.expect("Joined", within_s=60),
        "wait_for_line": lambda: console.wait_for_line("Joined", since=0, within_s=60),
        "ask": lambda: console.ask("devinfo", within_s=60),
        "answers": lambda: console.answers(within_s=60),
    }


@pytest.mark.parametrize("wait", ["expect", "wait_for_line", "ask", "answers"])
def test_a_wait_ends_at_last_words_and_quotes_them(bed: Bench, wait: str) -> None:
    bed.device.alive = False
    bed.device.later(3.0, lambda: bed.device.say(f"\x1b[31m{PANIC}\x1b[0m\r"))
    with pytest.raises(DeviceDied) as died:
        waits(bed)[wait]()
    assert str(died.value).startswith(
        f"encharge 122000000131: said {PANIC!r} on {bed.pty.port} at 115200 baud at 3.000 s of rig "
        "time, and nothing had announced it"
    )
    assert (bed.clock.now(), issubclass(DeviceDied, ProductError)) == (3.0, True)
    troubles = [event.text for event in bed.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert troubles == [f"it died: {PANIC!r}"]


@pytest.mark.parametrize("pieces", [1, 2, 9])
def test_what_was_said_before_the_last_words_counts_and_what_comes_after_does_not(
    bed: Bench, pieces: int
) -> None:
    said = f"sn: 1\r\nOK\r\nJoined\r\n{PANIC}\r\nENC> Joined\r\n"
    size = -(-len(said) // pieces)

    def answer(command: str) -> None:
        for number in range(pieces):
            piece = said[number * size : (number + 1) * size]
            bed.device.later(number * 0.1, lambda piece=piece: bed.device.say(piece))  # type: ignore[misc]

    bed.device.answer = answer
    mark = bed.console.mark()
    assert bed.console.ask("devinfo").reply == ("sn: 1", "OK")
    bed.console.wait_for_line("Joined", since=mark, within_s=9)
    assert bed.console.expect("Joined", within_s=9).start < mark + len(said)
    with pytest.raises(DeviceDied):
        bed.console.expect("Joined", within_s=9)


def test_it_is_told_once_so_that_a_clean_up_can_go_on(bed: Bench) -> None:
    bed.device.answer = lambda command: "OK\r\nENC> "
    bed.device.say(f"{PANIC}\r\n")
    with pytest.raises(DeviceDied):
        bed.console.ask("devinfo")
    assert bed.console.ask("devinfo").end == "OK"


def test_each_thread_is_told_of_what_it_has_waited_through(bed: Bench) -> None:
    bed.device.alive = False
    told: list[str] = []

    def wait() -> None:
        with pytest.raises(DeviceDied):
            deaths.look_at("122000000131")
        told.append("told")

    deaths = bed.console._deaths
    begun, said = threading.Event(), threading.Event()

    def in_a_thread() -> None:
        deaths.look()
        begun.set()
        said.wait(10.0)
        wait()

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    begun.wait(10.0)
    bed.device.say(f"{PANIC}\r\n")
    bed.clock.settle()
    wait()
    said.set()
    thread.join()
    late = threading.Thread(target=deaths.look)
    late.start()
    late.join()
    assert told == ["told", "told"]


def test_an_announced_reset_is_noted_and_no_death(bed: Bench) -> None:
    with bed.console.expecting_reset():
        bed.device.later(1.0, lambda: bed.device.say("Reset cause: watchdog\r\nENC> "))
        bed.console.expect("ENC> ", within_s=5)
    assert bed.console.answers()
    noted = [event.text for event in bed.timeline.since(0) if event.kind is Kind.STEP]
    assert noted == ["it dies as announced: 'Reset cause: watchdog'"]
    bed.device.say("Reset cause: watchdog\r\n")
    with pytest.raises(DeviceDied):
        bed.console.answers()


def test_our_own_power_cut_is_no_death_until_the_device_answers_again(bed: Bench) -> None:
    deaths, name = bed.console._deaths, "122000000131"
    bed.device.answer = lambda command: "OK\r\nENC> "
    deaths.power_cut(name)
    bed.device.say("brown-out detected\r\n")
    bed.console.ask("psts")
    deaths.power_back(name)
    bed.device.say("Reset cause: brownout\r\n")
    bed.console.ask("psts")
    bed.device.say("Reset cause: brownout\r\n")
    with pytest.raises(DeviceDied):
        bed.console.ask("psts")


def test_a_clean_up_is_not_ended_and_nothing_of_it_is_told_later(bed: Bench) -> None:
    bed.device.answer = lambda command: f"{PANIC}\r\nOK\r\nENC> "
    with bed.console._deaths.not_telling():
        bed.console.ask("devinfo")
    bed.device.answer = lambda command: "OK\r\nENC> "
    bed.console.ask("devinfo")
    troubles = [event.text for event in bed.timeline.since(0) if event.kind is Kind.TROUBLE]
    assert troubles == [f"it died: {PANIC!r}"]


@pytest.mark.parametrize(
    "line",
    [
        "kernel panic - not syncing",
        "ASSERT zb_task.c:114",
        "assertion failed: queue != NULL",
        "HardFault at 0x0800A1C2",
        "*** stack overflow in task zb",
        "watchdog reset",
        "WDT expired",
        "Reset reason: watchdog",
        "Brown-out detected",
    ],
)
def test_the_usual_last_words_are_known(bed: Bench, line: str) -> None:
    bed.device.say(f"{line}\r\n")
    with pytest.raises(DeviceDied):
        bed.console.answers()


@pytest.mark.parametrize(
    "line",
    [
        "[1.000] ZB: Stack Status: leaving 91",
        "zb reset",
        "watchdog: 30 s",
        "asserted: DJ",
        "fault code: 0",
        "unknown command: panicky",
    ],
)
def test_what_only_looks_like_it_is_none(bed: Bench, line: str) -> None:
    bed.device.say(f"{line}\r\n")
    assert bed.console.answers()


def test_half_a_line_is_not_yet_a_death(bed: Bench) -> None:
    bed.device.say("panic")
    with pytest.raises(NotInTime):
        bed.console.expect("Joined", within_s=1)
    bed.device.say("\r")
    with pytest.raises(DeviceDied):
        bed.console.expect("Joined", within_s=1)


def test_what_last_words_are_is_the_dialects(bed: Bench) -> None:
    bed.console.dialect = encharge_dialect().with_overrides(
        {"death_lines": ["KAPUTT", "(?i)größe"]}
    )
    bed.device.say(f"{PANIC}\r\n")
    assert bed.console.answers()
    bed.device.say("FALSCHE GRÖSSE, nein: GRÖßE\r\n")
    with pytest.raises(DeviceDied, match="GRÖßE"):
        bed.console.answers()
    bed.device.say("KAPUTT\r\n")
    with pytest.raises(DeviceDied, match="KAPUTT"):
        bed.console.answers()


@dataclass
class Heard:
    """A console that only listens."""

    device: str = "encharge 1"
    dialect: Dialect = field(default_factory=encharge_dialect)
    where: str = "/dev/ttyUSB3 at 115200 baud"
    noted: list[str] = field(default_factory=list)

    def note(self, kind: Kind, text: str) -> None:
        self.noted.append(text)

    def scrub(self, text: str) -> str:
        return text


def say(stream: Stream, data: bytes, at_s: float = 7.0) -> None:
    stream.stamp(stream.received, at_s, order=stream.received)
    stream.append(data)
    stream.stamped_up_to(stream.received)


def test_a_flood_that_nobody_looked_at_is_passed_over_and_said() -> None:
    stream, console, deaths = Stream("1", wire="encharge 1", kept_bytes=1000), Heard(), DeathWatch()
    deaths.watch(stream, console)
    say(stream, b"[1.000] ZB: Scanning: 00007FFF\r\n" * 100)
    say(stream, f"{PANIC}\r\n".encode(), at_s=8.5)
    with pytest.raises(DeviceDied, match=r"at 8\.500 s of rig time"):
        deaths.look()
    assert console.noted[0].endswith("bytes were not looked through for last words: too many")


@given(
    st.lists(
        st.sampled_from(
            ["[1.000] ZB: Joined\r\n", f"{PANIC}\r\n", "\x1b[1mpa\x1b[0mnic\r", "pan", "ic\n", "\n"]
        ),
        max_size=12,
    ),
    st.sets(st.integers(1, 200), max_size=12),
)
@settings(max_examples=200, deadline=None)
def test_how_it_arrives_in_pieces_changes_no_death(said: list[str], cuts: set[int]) -> None:
    data = "".join(said).encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    stream, deaths = Stream("1", wire="encharge 1"), DeathWatch()
    deaths.watch(stream, Heard())
    died = []
    for start, stop in pairwise(edges):
        say(stream, data[start:stop])
        for _ in said:  # each is told once
            try:
                deaths.look()
            except DeviceDied as death:
                died.append(str(death).split("'")[1])
    whole = Stream("1", wire="encharge 1")
    say(whole, data)
    lines = [line.plain for line in LineReader(whole, since=0).take()]
    expected = [line for line in lines if re.search(r"(?i)\bpanic\b", line)]
    assert died == expected


# On a rig.


def with_last_words(*patterns: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for encharge in document["encharges"]:
            encharge["dialect"] = {"death_lines": list(patterns)}

    return change


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with desk(tmp_path), opened(tmp_path, with_last_words("leaving 91", "^830-00703")) as rig:
        yield rig


def test_a_wait_for_anything_ends_when_any_device_of_the_rig_dies(rig: Rig) -> None:
    first, second = rig.encharges
    first.verbose(True)
    first.reset_network()
    with pytest.raises(DeviceDied, match=rf"encharge {FIRST}: said '.*leaving 91' on /dev/"):
        rig.waiting.until(lambda: None, bool, what="never", within_s=60)
    assert rig.clock.now() < 60
    second.verbose(True)
    second.reset_network()
    with pytest.raises(DeviceDied, match=SECOND):
        first.console.wait_for_line("never", since=first.console.mark(), within_s=60)
    rig.baseline.restore()


def test_a_power_cut_by_the_rigs_own_switch_is_no_death(rig: Rig) -> None:
    first = rig.encharges[0]
    assert rig.power_switch is not None
    rig.power_switch.off(FIRST)
    rig.clock.sleep(5)
    rig.power_switch.on(FIRST)
    rig.waiting.until(first.console.answers, bool, what="it is up again", within_s=120)
    noted = [event.text for event in rig.timeline.since(0) if "dies as announced" in event.text]
    assert len(noted) == 1
    with pytest.raises(NotInTime):
        rig.waiting.until(lambda: None, bool, what="never", within_s=60)


def test_a_restore_goes_on_over_a_death(rig: Rig) -> None:
    first = rig.encharges[0]
    first.verbose(True)
    first.reset_network()
    rig.baseline.restore()
    assert not rig.baseline.failed
    noted = [event.text for event in rig.timeline.since(0) if event.text.startswith("it died")]
    assert len(noted) == 1
    rig.clock.sleep(1)


def test_a_death_at_the_very_end_is_seen_when_the_clock_is_settled_twice(rig: Rig) -> None:
    first = rig.encharges[0]
    first.verbose(True)
    first.reset_network()
    rig.clock._clock.sleep(5)  # the rig lives on, and nobody looks
    with pytest.raises(DeviceDied):
        _settle_twice(rig)
    rig.baseline.restore()


def _settle_twice(rig: Rig) -> None:
    """As the plugin does when a test's body has ended."""
    rig.clock.settle()
    rig.clock.settle()


def test_consoles_without_a_rig_have_a_watch_of_their_own(bed: Bench) -> None:
    deaths = DeathWatch()
    deaths.look()
    deaths.power_back("nobody's")
    deaths.answered("nobody's")
    assert bed.console._deaths is not deaths
