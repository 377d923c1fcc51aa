"""The simulator that a simulated rig starts for itself, as a process of its own."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.errors import SimulatorLost
from hil.rig.loading import load_rig
from hil.rig.processes import start
from hil.rig.rig_file import RigFile, SimulatedRigFile

START_WALL_S = 30.0
STOP_WALL_S = 10.0


@contextmanager
def spawned_simulator(
    described: SimulatedRigFile,
    *,
    folder: Path,
    log_path: Path,
    seed: int = 0,
    defects: tuple[str, ...] = (),
) -> Iterator[RigFile]:
    """Run `hil simulate` in virtual time while the block lasts; gives the rig file that leads to it.

    That lies in `folder`, with link keys beside it. What goes wrong goes to `log_path`. It ends with
    this process, however that ends: its standard input is a pipe from here.

    Raises:
        SimulatorLost: it did not get ready; with what it printed.
    """
    rig_file = folder / f"{described.name}.yaml"
    words = [
        # Not by way of `hil`, which has all its commands to load first.
        *("hil.cli.simulate", str(described.site), "--time", "virtual"),
        *("--seed", str(seed), "--write-rig", str(rig_file), "--until-eof"),
        *(("--without-lan",) if described.without_lan else ()),
        *(("--shell", described.shell) if described.shell != "ssh" else ()),
        *(("--access", described.access) if described.access else ()),
        *(option for name in defects for option in ("--defect", name)),
    ]
    with log_path.open("wb") as log:
        process = start(*words, stderr=log, reads=True)
    assert process.stdin is not None
    assert process.stdout is not None
    said: list[str] = []
    is_late = threading.Event()

    def give_up() -> None:
        is_late.set()
        process.kill()

    too_long = threading.Timer(START_WALL_S, give_up)
    too_long.start()
    try:
        for line in process.stdout:
            said.append(line.rstrip())
            if line.startswith("ready"):
                break
        else:
            trouble = "\n".join([*said, log_path.read_text(encoding="utf-8")[-2000:]])
            why = (
                f"was not ready within {START_WALL_S:g} s and was ended; suspect a machine with too much "
                "to do"
                if is_late.is_set()
                else "did not start"
            )
            raise SimulatorLost(f"the simulator of {described.site} {why}:\n{trouble}")
        too_long.cancel()
        started = load_rig(str(rig_file), folder)
        assert isinstance(started, RigFile)
        yield started
    finally:
        too_long.cancel()
        process.stdin.close()
        try:
            process.wait(STOP_WALL_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
