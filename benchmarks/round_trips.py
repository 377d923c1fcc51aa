"""One command, its reply of about 400 bytes, and the prompt; quiet, in noise, at a line's pace."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.device_process import devices
from benchmarks.figures import Table, Target, ratios, spread
from benchmarks.worker_process import ENTRIES, OURS, RAW, Entry, JobFailed, Worker, worker


@dataclass(frozen=True, slots=True)
class Condition:
    """What the device does besides answering, and how fast its line is."""

    called: str
    noise: int
    """Log lines a second."""
    baud: int | None
    commands: int
    """In each round."""


CONDITIONS = (
    Condition("quiet", 0, None, 200),
    Condition("200 log lines/s", 200, None, 200),
    Condition("115,200 baud", 0, 115_200, 15),
    Condition("115,200 baud, 50 log lines/s", 50, 115_200, 15),
)

BOUNDS = (2.2, 2.2, 1.02, 1.02)
"""What hil may take of what raw takes, in each condition."""

SLOW = ("pytest-embedded", "pyserial `read_until`")
"""They take milliseconds for what others take microseconds for: fewer commands do."""


@dataclass
class Takings:
    """What one contestant did in one condition: a median of every round, and what was wrong."""

    took_us: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """What a command cost of a processor, in the test and in who reads for it."""
    foreign: int = 0
    wrong: int = 0
    commands: int = 0
    trouble: str | None = None


def measure(rounds: int) -> list[Table]:
    """Every contestant in every condition, in turns."""
    takings = {(e, c): Takings() for e in ENTRIES for c in CONDITIONS}
    with ExitStack() as stack:
        device = stack.enter_context(devices(len(ENTRIES)))
        workers = [
            stack.enter_context(worker(entry, port))
            for entry, port in zip(ENTRIES, device.ports, strict=True)
        ]
        for _ in range(rounds):
            for condition in CONDITIONS:
                for number, entry in enumerate(ENTRIES):
                    device.set([number], noise=condition.noise, baud=condition.baud)
                    _take(takings[entry, condition], workers[number], entry, condition)
                    device.set([number], noise=0, baud=None)
    return [_times(takings), _foreign(takings)]


def _take(takings: Takings, at_work: Worker, entry: Entry, condition: Condition) -> None:
    if takings.trouble is not None:
        return
    count = min(condition.commands, 15) if entry.called in SLOW else condition.commands
    before_s = at_work.cpu_s()
    try:
        done = at_work.do("round_trips", count=count)
    except JobFailed as error:
        takings.trouble = str(error)
        return
    takings.took_us.append(median(done["took_us"]))
    takings.cpu_us.append((at_work.cpu_s() - before_s) / count * 1e6)
    takings.foreign += done["foreign"]
    takings.wrong += done["wrong"]
    takings.commands += count


def _times(takings: dict[tuple[Entry, Condition], Takings]) -> Table:
    table = Table(
        "One command and its reply of 400 bytes, × raw",
        ["", "quiet: processor, µs", "quiet, µs", *(each.called for each in CONDITIONS)],
        notes=[
            "Median of each round by that of raw in "
            "the same round: median of the rounds (least–most). hil returns at the end line of the reply, "
            "the others at the prompt behind it, which at 115,200 baud comes 0.4 ms later. Of the processor "
            "counts what the test and who reads for it use, not the device; that alone does not depend on what else "
            "the machine does.",
        ],
    )
    for entry in ENTRIES:
        cells = []
        for condition in CONDITIONS:
            taken, raw = takings[entry, condition], takings[RAW, condition]
            if taken.trouble or raw.trouble or not taken.took_us:
                cells.append(f"not taken: {taken.trouble or raw.trouble}")
            else:
                cells.append(f"{ratios(taken.took_us, raw.took_us):.2f}")
        quiet = takings[entry, CONDITIONS[0]]
        shown = [f"{spread(each):.0f}" if each else "–" for each in (quiet.cpu_us, quiet.took_us)]
        table.rows.append([entry.called, *shown, *cells])
    for condition, bound in zip(CONDITIONS, BOUNDS, strict=True):
        ours, raw = takings[OURS, condition], takings[RAW, condition]
        if ours.took_us and raw.took_us:
            found = ratios(ours.took_us, raw.took_us).middle
            table.targets.append(
                Target(f"a command and its reply, {condition.called}", bound, found)
            )
    return table


def _foreign(takings: dict[tuple[Entry, Condition], Takings]) -> Table:
    noisy = [condition for condition in CONDITIONS if condition.noise]
    table = Table(
        "Replies with foreign lines in them",
        ["", *(each.called for each in noisy), "replies that were wrong otherwise"],
        notes=[
            "What stands in front of the echo is left out for everybody. Target for hil: none.",
        ],
    )
    for entry in ENTRIES:
        taken = [takings[entry, condition] for condition in noisy]
        wrong = sum(takings[entry, condition].wrong for condition in CONDITIONS)
        cells = [
            f"{each.foreign / each.commands:.1%} of {each.commands}"
            if each.commands
            else "not taken"
            for each in taken
        ]
        table.rows.append([entry.called, *cells, str(wrong)])
    ours = [takings[OURS, condition] for condition in noisy]
    if all(each.commands for each in ours):
        foreign = sum(each.foreign for each in ours)
        table.targets.append(Target("replies with foreign lines in them", 0, foreign, ""))
    return table
