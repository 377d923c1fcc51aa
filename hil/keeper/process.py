"""A keeper from start to end: leave the parent, take the rig, serve, give it up."""

import getpass
import json
import os
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from hil.clock import Clock
from hil.errors import HilError, KeeperLost, RestoreFailed, RigInUse, StillOut
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind
from hil.keeper.accounting import Accounting
from hil.keeper.durable_timeline import DurableTimeline
from hil.keeper.guard import RigGuard
from hil.keeper.server import Keeper, Kept
from hil.qualification.account import NO_WORD
from hil.qualification.progress import is_going_on
from hil.rig.journal import Entry, Journal
from hil.rig.loading import load_rig, rig_argument
from hil.rig.out_mark import Out, OutMark
from hil.rig.rig_file import RigFile, SimulatedRigFile, SimulatorClockEntry
from hil.rig.rig_folder import Holder, RigLock, holder_of, now_utc, rig_folder, state_root
from hil.rig.safety import Safety
from hil.rig.spawned_simulator import spawned_simulator
from hil.transports.keeper_link import KeeperLink
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine

SAFE_SLACK_WALL_S = 60.0
"""What a keeper that makes a rig safe may take beyond the rig's own limit."""


def run(
    rig: Path,
    *,
    directory: Path,
    who: str,
    seed: int,
    defects: tuple[str, ...],
    as_it_is: bool,
) -> None:
    """Keep the rig of this file until its run has ended and it is safe.

    Says on standard output where it listens, as JSON with `socket`, or why not, with `error` and
    `message`; then standard output is closed, and this process belongs to nobody.
    """
    if os.fork():
        return  # whoever started us waits for our end, and for that of standard output
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with ExitStack() as stack:
        try:
            keeper = _begin(rig, directory, who, seed, defects, as_it_is, stack)
        except HilError as error:
            _tell({"error": type(error).__name__, "message": str(error)})
            return
        keeper.serve()
    keeper.dismiss()


def _tell(said: dict[str, object]) -> None:
    """The one line that whoever started us waits for; afterwards nobody reads there."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _begin(
    rig: Path,
    directory: Path,
    who: str,
    seed: int,
    defects: tuple[str, ...],
    as_it_is: bool,
    stack: ExitStack,
) -> Keeper:
    private = Path(tempfile.mkdtemp(prefix="hil-keeper-"))
    stack.callback(shutil.rmtree, private, ignore_errors=True)
    root = state_root()
    description = load_rig(str(rig), rig.parent)
    if isinstance(description, SimulatedRigFile):
        # Not in the run's folder, which is kept and shared: link keys lie beside a rig file.
        root = private  # nobody else can reach it, and nothing of it is left
        log_path = directory / "simulator.log"
        description = stack.enter_context(
            spawned_simulator(
                description, folder=private, log_path=log_path, seed=seed, defects=defects
            )
        )
    assert isinstance(description, RigFile)
    holder = Holder(
        who=f"{who} of {getpass.getuser()}",
        since=now_utc(),
        keeper=os.getpid(),
        socket=str(private / "keeper"),
        directory=str(directory),
    )
    folder = rig_folder(description, root)
    stack.enter_context(_locked(folder, holder, description))
    mark = OutMark(folder)
    if not as_it_is and (out := mark.read()) is not None:
        raise StillOut(
            f"rig {description.name} is out: {out} (logs in {out.directory}). `hil doctor --rig "
            f"{rig_argument(description)}` says what to do, and lets runs in again when all of it is green"
        )
    kept = _opened(description, holder, Journal(folder), mark, directory, stack)
    signal.signal(signal.SIGTERM, lambda *_: keeper.told_to_stop("SIGTERM"))
    listener = socket.socket(socket.AF_UNIX)
    stack.callback(listener.close)
    listener.bind(holder.socket)
    listener.listen()
    keeper = Keeper(kept, listener)
    (_leave if as_it_is else _put_right)(kept)
    _tell({"socket": holder.socket})
    return keeper


def _locked(folder: Path, holder: Holder, description: RigFile) -> RigLock:
    """The rig's lock; where a keeper is making the rig safe after another run, once it has."""
    while True:
        try:
            return RigLock(folder, holder, rig_name=rig_argument(description))
        except RigInUse:
            other = holder_of(folder)
            if other is None:
                continue
            if not other.socket:  # the doctor looks at it; nobody attaches to that
                raise
            try:
                link = KeeperLink(Path(other.socket), role="watch", who=holder.who)
            except KeeperLost:
                if holder_of(folder) != other:
                    continue  # it has just ended
                raise
            with closing(link):
                if not link.hello["making_safe"]:
                    raise
                link.wait_for_the_end(2 * description.safe_within_s + SAFE_SLACK_WALL_S)


def _opened(
    description: RigFile,
    holder: Holder,
    journal: Journal,
    mark: OutMark,
    directory: Path,
    stack: ExitStack,
) -> Kept:
    """Every line open, not read yet."""
    zero = time.monotonic()
    simulated = isinstance(description.clock, SimulatorClockEntry)
    rig_time = _RigTime(
        (lambda: 0.0) if simulated else _wall(zero, description.clock.wall.speed)  # type: ignore[union-attr]
    )
    timeline = DurableTimeline(
        directory / "timeline.jsonl",
        now=lambda: rig_time.now(),
        redactor=Redactor(
            reference.resolve(description.folder) for reference in description.secrets.values()
        ),
        kept_characters=0,  # the run makes the reports
    )
    stack.callback(timeline.close)
    recorder = Recorder(
        timeline,
        logs=directory / "consoles",
        now=None if simulated else lambda: rig_time.now(),
        rules=description.recording.rules,
        own_thread=False,
    )
    stack.callback(recorder.close)
    for console in description.consoles:
        recorder.add(
            SerialLine(console.entry.port, baud=console.entry.baud),
            name=console.name,
            wire=console.wire,
            reopen_within_s=console.entry.reopen_within_s,
        )
    guard = RigGuard(
        description,
        recorder=recorder,
        timeline=timeline,
        zero=zero,
        on_clock=rig_time.follow,
    )
    return Kept(
        rig_file=description.path,
        holder=holder,
        recorder=recorder,
        timeline=timeline,
        journal=journal,
        mark=mark,
        guard=guard,
        on_now=rig_time.told,
        zero=zero,
        lease_s=description.lease_s,
        on_lost=Accounting(directory, timeline).lost,
    )


def _wall(zero: float, speed: float) -> Callable[[], float]:
    return lambda: (time.monotonic() - zero) * speed


class _RigTime:
    """Rig time as far as the keeper knows it: in virtual time only what it was told."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now

    def told(self, now_s: float) -> None:
        self.now = lambda: now_s

    def follow(self, clock: Clock) -> None:
        self.now = clock.now


def _leave(kept: Kept) -> None:
    """What a run has left behind whose end nobody saw is only told."""
    try:
        entry = kept.journal.read()
    except HilError as error:
        kept.left.append(str(error))
        return
    if entry is not None:
        told = f"{entry.who} had this rig since {entry.since} and has not put it back"
        kept.left.append("; ".join([told, *entry.unsafe]))
        _account_for(entry, kept, f"found by {kept.holder.who}")


def _put_right(kept: Kept) -> None:
    """What a run has left behind whose end nobody saw: before anybody else touches the rig."""
    entry = kept.journal.read()
    if entry is None:
        return
    kept.timeline.note(
        "keeper",
        Kind.TROUBLE,
        f"{entry.who} had this rig since {entry.since} and has not put it back: that comes first",
    )
    safety = _guarded(kept, entry)
    if safety.undone:
        told = "; ".join(kept.timeline.redactor.scrub(each) for each in safety.undone)
        with suppress(OSError):
            kept.mark.write(Out(entry.who, now_utc(), told, kept.holder.directory))
        rig = shlex.quote(str(kept.rig_file))
        raise RestoreFailed(
            f"{entry.who} had this rig since {entry.since} and left it as it was; it could not be put "
            f"right: {told}; no run begins before `hil safe --rig {rig}` or `hil doctor --rig "
            f"{rig}` has found it well"
        )
    kept.journal.strike()
    _account_for(entry, kept, f"{kept.holder.who} put the rig right: {safety.told()}")
    kept.put_right.extend(kept.timeline.redactor.scrub(each) for each in safety.done)
    for each in kept.put_right:
        kept.timeline.note("keeper", Kind.TROUBLE, f"left by an earlier run, put right: {each}")


def _guarded(kept: Kept, entry: Entry) -> Safety:
    """The guard at work, while this thread reads the consoles for it."""
    with ThreadPoolExecutor(1, "guard") as guard:
        at_work = guard.submit(kept.guard, entry.baseline or None)
        at_work.add_done_callback(lambda _: kept.recorder.pump.wake())
        while not at_work.done():
            kept.recorder.pump.turn()
        return at_work.result()


def _account_for(entry: Entry, kept: Kept, seen: str) -> None:
    """The tests of a run that was killed together with its keeper."""
    directory = Path(entry.directory)
    seen_by_its_keeper = bool(entry.unsafe)
    if entry.directory and not seen_by_its_keeper and not is_going_on(directory):
        Accounting(directory, kept.timeline).lost(f"{NO_WORD}; {seen}")
