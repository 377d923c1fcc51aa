"""A rig file that points at the benchmark's own devices, and that rig opened with its keeper."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.clock import LimitedClock, WallClock
from hil.consoles.console import Console
from hil.consoles.dialect import Dialect
from hil.rig.kept import kept_rig
from hil.rig.loading import load_rig
from hil.transports.kept_recorder import KeptRecorder, KeptTimeline

HEAD = """\
name: benchmark
site: {phases: split-phase, ensemble: "2.0"}
envoy: {url: "http://127.0.0.1:9", serial_number: "122000000000", auth: none}
expected: {firmware: "8.2.127", grid_profile: {name: none, version: "1"}}
clock: {wall: {speed: 1}}
lease_s: 3600
encharges:
"""

DEVICE = """\
  - serial_number: "{serial_number}"
    console: {{port: "{port}", baud: {baud}}}
    zigbee_mac: "0013A2004BEC{number:04X}"
    link_key: {{file: key}}
"""

KEY = "5C7A19E2D4B8F0361A9D7E25C3F84B60"
"""Of no device. Not all zeros: every counter would look like a piece of it."""


class KeptBench:
    """The open rig."""

    def __init__(
        self,
        link_hello: dict[str, object],
        recorder: KeptRecorder,
        clock: LimitedClock,
        timeline: KeptTimeline,
    ) -> None:
        self._recorder, self._clock, self._timeline = recorder, clock, timeline
        holder = link_hello["holder"]
        assert isinstance(holder, dict)
        self.keeper = int(holder["keeper"])
        """Its keeper's process."""
        self.zero = float(str(link_hello["zero"]))
        """The monotonic second at which the times in its logs begin."""

    def console(self, number: int, *, dialect: Dialect) -> Console:
        """The console of one device."""
        name = serial_number(number)
        return Console(
            self._recorder.recordings[name],
            device=f"encharge {name}",
            dialect=dialect,
            clock=self._clock,
            timeline=self._timeline,
        )


def serial_number(number: int) -> str:
    """Of the device with that number."""
    return f"{122000100000 + number}"


@contextmanager
def kept_bench(ports: list[str], directory: Path, *, baud: int = 115200) -> Iterator[KeptBench]:
    """A rig of a battery on each port, open, every console being read; logs go to `directory`."""
    rig_file = written_rig(ports, directory, baud=baud)
    with kept_rig(load_rig(str(rig_file), directory), directory=directory, who="benchmark") as kept:
        zero = kept.link.hello["zero"]
        assert isinstance(zero, float)
        clock = LimitedClock(WallClock(zero=zero), on_look=kept.link.check)
        timeline = KeptTimeline(kept.link, directory / "timeline.jsonl", now=clock.now, secrets=())
        recorder = KeptRecorder(kept.link, timeline)
        for name in recorder.recordings:
            recorder.read(name)
        yield KeptBench(kept.link.hello, recorder, clock, timeline)


def written_rig(ports: list[str], directory: Path, *, baud: int) -> Path:
    """The rig file."""
    (directory / "key").write_text(KEY, encoding="ascii")
    devices = [
        DEVICE.format(serial_number=serial_number(n), port=port, baud=baud, number=n)
        for n, port in enumerate(ports)
    ]
    rig_file = directory / "benchmark.yaml"
    rig_file.write_text(HEAD + "".join(devices), encoding="utf-8")
    return rig_file
