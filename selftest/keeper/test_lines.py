"""What a keeper does to lines for its run, beside bytes: break and modem lines, and the count at the end."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from hil.errors import NotOnThisLine
from hil.rig.loading import load_rig
from hil.rig.rig import Rig, open_rig
from hil.simulator.process import simulator
from selftest.rig.desk import FIRST, TRUTH
from selftest.transports.relay import Relay


def test_a_break_and_the_outputs_reach_a_line_that_has_them(tmp_path: Path) -> None:
    with (
        simulator(TRUTH, speed=100, rig_file=tmp_path / "desk.yaml", console="rfc2217"),
        open_rig(
            load_rig(str(tmp_path / "desk.yaml"), tmp_path), seed=0, directory=tmp_path / "run"
        ) as rig,
    ):
        console = rig.encharges[0].console
        console.send_break(0.01)
        console.set_dtr(False)
        console.set_dtr(True)
        console.set_rts(True)
        assert console.ask("devinfo").reply[0] == f"sn: {FIRST}"
    said = (tmp_path / "run" / "timeline.jsonl").read_text("utf-8")
    texts = [json.loads(line)["text"] for line in said.splitlines()]
    assert [text for text in texts if text in ("break 0.01", "dtr 0", "dtr 1", "rts 1")] == [
        *("break 0.01", "dtr 0", "dtr 1", "rts 1")
    ]


def test_a_terminal_has_none_and_says_so_and_what_it_carried_is_told(tmp_path: Path) -> None:
    with (
        simulator(TRUTH, speed=None, rig_file=tmp_path / "desk.yaml"),
        open_rig(
            load_rig(str(tmp_path / "desk.yaml"), tmp_path), seed=0, directory=tmp_path / "run"
        ) as rig,
    ):
        console = rig.encharges[0].console
        for tried in (console.send_break, console.modem_lines):
            with pytest.raises(NotOnThisLine, match=r"/dev/pts/.*it takes a real UART"):
                tried()
    events = [
        json.loads(line) for line in (tmp_path / "run/timeline.jsonl").read_text().splitlines()
    ]
    counted = [event for event in events if event["text"].startswith("recorded: ")]
    assert len(counted) == len(TRUTH.nodes)
    for event in counted:
        assert event["data"]["bytes_in"] > event["data"]["bytes_out"] > 0
        assert event["data"]["gaps"] == event["data"]["reconnects"] == 0


@contextmanager
def cuttable(folder: Path, *, speed: float | None) -> Iterator[tuple[Rig, Relay]]:
    """A rig whose first battery's console leads through the relay; its run lies in `folder`/run."""
    rig_file = folder / "desk.yaml"
    with simulator(TRUTH, speed=speed, rig_file=rig_file, console="socket"):
        described = yaml.safe_load(rig_file.read_text("utf-8"))
        console = described["encharges"][0]["console"]
        with closing(Relay(int(console["port"].rpartition(":")[2]))) as relay:
            console["port"] = f"socket://127.0.0.1:{relay.port}"
            rig_file.write_text(yaml.safe_dump(described), "utf-8")
            with open_rig(load_rig(str(rig_file), folder), seed=0, directory=folder / "run") as rig:
                yield rig, relay


def test_a_gap_is_in_the_evidence_of_the_run_where_it_was(tmp_path: Path) -> None:
    wire = f"encharge {FIRST} console"
    with cuttable(tmp_path, speed=10) as (rig, relay):
        rig.catch_up()
        mark, stream = rig.timeline.mark(), rig.recorder.recordings[FIRST].stream
        relay.cut(refuse=False)
        until_s = time.monotonic() + 30
        while not stream.gaps:  # the line may be back before we look
            assert time.monotonic() < until_s, "nobody sees that it is cut"
            stream.wait_beyond(stream.received, 0.1)
        rig.encharges[0].console.ask("devinfo")
        rig.catch_up()
        told = sorted(
            (event for event in rig.timeline.since(mark) if event.wire == wire),
            key=lambda event: event.rig_s,
        )
    texts = [event.text.partition(":")[0] for event in told]
    gap, back, answer = texts.index("gap"), texts.index("gap ends"), texts.index("sn")
    assert gap < back < answer, texts
    assert told[gap].rig_s <= told[back].rig_s <= told[answer].rig_s
    written = [
        json.loads(line) for line in (tmp_path / "run/timeline.jsonl").read_text().splitlines()
    ]
    [noted] = [event for event in written if event["text"] == told[gap].text]
    assert (noted["rig_s"], noted["wall"]) == (told[gap].rig_s, told[gap].wall)


def test_what_is_typed_into_a_line_that_has_just_hung_up_is_not_waited_for(tmp_path: Path) -> None:
    timeline = tmp_path / "run" / "timeline.jsonl"
    with cuttable(tmp_path, speed=None) as (rig, relay):
        console, recording = rig.encharges[0].console, rig.recorder.recordings[FIRST]
        assert console.ask("devinfo").reply[0] == f"sn: {FIRST}"
        relay.cut(refuse=False)
        until_s = time.monotonic() + 30
        while '"gap: ' not in timeline.read_text("utf-8"):  # its keeper knows, and we do not
            assert time.monotonic() < until_s, "nobody sees that it is cut"
        assert recording.stream.trouble is None
        recording.write(b"devinfo\r")
        rig.clock.sleep(1)
        for _ in range(2):
            assert console.ask("devinfo").reply[0] == f"sn: {FIRST}"
    assert "unsettled" not in timeline.read_text("utf-8")
