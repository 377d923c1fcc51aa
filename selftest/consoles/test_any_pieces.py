"""However a console's bytes arrive, and wherever log lines fall: the same is understood."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hil.consoles.dialect import Dialect, encharge_dialect
from hil.consoles.exchange import ReplyReader
from hil.errors import HilError
from hil.transports.lines import LineReader
from hil.transports.stream import Stream
from selftest.consoles.scripted_device import Bench, bench

LINES = ["sn: 122000000131", "mac: 0013A20041D00131", "OK"]
LOG = "[12.345] ZB: Scanning: 00007FFF"
CUTS = st.one_of(st.just(set(range(400))), st.sets(st.integers(1, 400), max_size=12))


def in_pieces(data: bytes, cuts: set[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[start:stop] for start, stop in pairwise(edges)]


def read(pieces: list[bytes], dialect: Dialect) -> ReplyReader:
    stream, reply = Stream("1", wire="encharge 1"), ReplyReader("devinfo", dialect)
    reader = LineReader(stream, since=0)
    for piece in pieces:
        stream.append(piece)
        for line in reader.take():
            if reply.feed(line.text):
                return reply
    return reply


@given(
    places=st.lists(st.integers(0, 200), max_size=4),
    cuts=CUTS,
    end=st.sampled_from(["\r\n", "\r", "\n"]),
    front=st.sampled_from(
        ["", "ENC> ", "ENC> ENC> ", "boot OK\r\n", "\x00\x1b[2J", "\x1b[1mENC> \x1b[0m"]
    ),
    colour=st.sampled_from(["", "\x1b[0;32m", "\x1b[6n"]),
)
@example(places=[3], cuts=set(), end="\r\n", front="ENC> ", colour="")
@example(places=[12], cuts={13}, end="\r\n", front="ENC> ", colour="\x1b[0;32m")
@settings(max_examples=500, deadline=None)
def test_a_log_line_between_any_two_bytes_changes_no_reply(
    places: list[int], cuts: set[int], end: str, front: str, colour: str
) -> None:
    said = front + end.join(["devinfo", *(colour + line for line in LINES)]) + end
    whole = len(said.rstrip("\n"))  # with the CR behind it a reply is at its end
    at = sorted({len(front) + place % (whole - len(front)) for place in places})
    for place in reversed(at):
        said = f"{said[:place]}{LOG}{end}{said[place:]}"
    reply = read(in_pieces(said.encode(), cuts), encharge_dialect())
    assert (reply.ended, reply.reply) == (True, LINES)
    assert reply.log_lines == ["Scanning: 00007FFF"] * len(at)


@given(places=st.lists(st.integers(0, 200), max_size=4), cuts=CUTS)
@settings(max_examples=200, deadline=None)
def test_nor_where_nothing_echoes(places: list[int], cuts: set[int]) -> None:
    said = "ENC> " + "\r\n".join(LINES) + "\r\n"
    at = sorted({place % len(said) for place in places})
    for place in reversed(at):
        said = f"{said[:place]}{LOG}\r\n{said[place:]}"
    reply = read(in_pieces(said.encode(), cuts), encharge_dialect().with_overrides({"echo": False}))
    assert (reply.ended, reply.reply) == (True, LINES)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


SAID = st.lists(
    st.sampled_from(
        [
            "sn: 1\r\n",
            "OK\r\n",
            "ENC> ",
            f"{LOG}\r\n",
            "devinfo\r\n",
            "\x1b[31mJoined\x1b[0m\r",
            "PANIC\r\n",
            "CLI busy\n",
            "unknown command: evinfo\r\n",
            "evinfo\r\n",
            "\xff\x00",
            "sn: ",
        ]
    ),
    max_size=8,
)


def told(opened: Bench, said: list[str], cuts: set[int]) -> list[object]:
    """What an ask, two waits for a line and the log say, of what comes as its answer."""
    device, console = opened.device, opened.console
    pieces = in_pieces("".join(said).encode("latin-1"), cuts)

    def say_in_pieces(command: str) -> None:
        for number, piece in enumerate(pieces):
            device.later(number * 1e-3, lambda piece=piece: device.say(piece))  # type: ignore[misc]
        pieces.clear()

    opened.clock.sleep(10.0)
    device.say("\r\n")
    device.answer = say_in_pieces
    mark = console.mark()
    results: list[object] = []
    for act in (
        lambda: console.ask("devinfo", within_s=3.5).reply,
        lambda: console.wait_for_line("Joined|OK", since=mark, within_s=3).text,
        lambda: console.wait_for_line("Joined", since=mark, within_s=3).text,
    ):
        try:
            results.append(act())
        except HilError as error:
            results.append(type(error).__name__)
    opened.clock.sleep(1.0)
    with console._deaths.not_telling():
        pass
    results.append([line.text for line in console.log_since(mark)])
    return results


@given(said=SAID, cuts=CUTS)
@example(said=["OK\r\n", "PANIC\r\n"], cuts={1, 5})
@example(said=["PANIC\r\n", "OK\r\n"], cuts={3})
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_understood_does_not_depend_on_the_pieces(
    opened: Bench, said: list[str], cuts: set[int]
) -> None:
    assert told(opened, said, cuts) == told(opened, said, set())
