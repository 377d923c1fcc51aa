"""From the device's write to the return of the call that waits for it."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.device_process import devices
from benchmarks.figures import Table, Target, percentile, ratios
from benchmarks.worker_process import ENTRIES, OURS, RAW, Entry, JobFailed, worker

PATTERN_COUNT = 30
NOISE_PER_S = 200
EVENTS, EVENTS_OF_THE_SLOW = 200, 30


@dataclass
class Takings:
    """What one contestant did: every round's times."""

    rounds: list[list[float]] = field(default_factory=list)
    trouble: str | None = None

    @property
    def all(self) -> list[float]:
        """Of all rounds."""
        return [each for taken in self.rounds for each in taken]


def measure(rounds: int) -> list[Table]:
    """Every contestant, in turns."""
    entries = [entry for entry in ENTRIES if entry.knows_patterns]
    takings = {entry: Takings() for entry in entries}
    with ExitStack() as stack:
        device = stack.enter_context(devices(len(entries)))
        workers = [
            stack.enter_context(worker(entry, port))
            for entry, port in zip(entries, device.ports, strict=True)
        ]
        for number_of_round in range(rounds):
            for number, entry in enumerate(entries):
                device.set([number], noise=NOISE_PER_S)
                count = EVENTS_OF_THE_SLOW if entry.called == "pytest-embedded" else EVENTS
                try:
                    done = workers[number].do(
                        "events", count=count, pattern_count=PATTERN_COUNT, seed=number_of_round
                    )
                except JobFailed as error:
                    takings[entry].trouble = str(error)
                else:
                    takings[entry].rounds.append(done["late_us"])
                device.set([number], noise=0)
    return [_table(takings)]


def _table(takings: dict[Entry, Takings]) -> Table:
    table = Table(
        f"From the device's write to the call's return: {PATTERN_COUNT} patterns, {NOISE_PER_S} log lines/s",
        ["", "p50, µs", "p99, µs", "p50, × raw", "p99, × raw"],
        notes=[
            "The first ratio is of each round's medians; the 99th percentile is of "
            "all events of all rounds, since one round has too few.",
        ],
    )
    raw = takings[RAW]
    for entry, taken in takings.items():
        if taken.trouble or raw.trouble:
            table.rows.append(
                [entry.called, f"not taken: {taken.trouble or raw.trouble}"] + ["–"] * 3
            )
            continue
        middles = [median(each) for each in taken.rounds]
        beside = [median(each) for each in raw.rounds]
        p99 = percentile(taken.all, 0.99)
        middle, late = ratios(middles, beside), p99 / percentile(raw.all, 0.99)
        table.rows.append(
            [entry.called, f"{median(taken.all):.0f}", f"{p99:.0f}", f"{middle:.2f}", f"{late:.2f}"]
        )
        if entry is OURS:
            table.targets += [
                Target("a call's return after the device's write, p50", 2.2, middle.middle),
                Target("a call's return after the device's write, p99", 1.5, late),
            ]
    return table
