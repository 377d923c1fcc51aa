"""The checks of a run before its first test: those of `hil doctor` that cost next to nothing, and
what the opening of the rig has found anyway. It types nothing of its own.
"""

from collections.abc import Sequence
from pathlib import Path

from hil.consoles.node import Node
from hil.consoles.replies import DeviceInfo
from hil.envoy.info_page import Info
from hil.errors import HilError, RigUnwell
from hil.evidence.redaction import Redactor
from hil.rig.baseline import Baseline
from hil.rig.drivers import Credentials
from hil.rig.health.check import Check, Health, State, found_and_suspected, story
from hil.rig.health.devices import answers_as, shown
from hil.rig.health.gateway import (
    FIRMWARE,
    GATEWAY,
    NOT_TOLD,
    PROFILE,
    clock_check,
    token_check,
)
from hil.rig.health.machine import disks, secrets
from hil.rig.rig_file import RigFile, SimulatedRigFile

OPENING = "opening the rig"


class Preflight:
    """What is known of a rig's health while it is opened; `doctor.json` in the run's folder."""

    def __init__(self, description: RigFile | SimulatedRigFile, directory: Path) -> None:
        self.health = Health(description.name)
        self._directory = directory
        self._scrub = Redactor().scrub
        self.health.checks += disks(description, directory)

    def secrets(self, description: RigFile) -> None:
        """Whether other users of this machine can read them."""
        found = secrets(description)
        self._scrub = Redactor(found.known).scrub
        self.health.checks += found.checks

    def left(self, sentences: Sequence[str]) -> None:
        """What an earlier run had left, and was put right first."""
        for each in sentences:
            self.health.checks.append(Check("last run", State.WARN, f"left, put right now: {each}"))

    def device(self, node: Node, info: DeviceInfo) -> None:
        """A console that answers as it should, with the right key."""
        self.health.checks.append(answers_as(node.name, info, node.console.where))

    def clock_and_token(self, description: RigFile, info: Info, credentials: Credentials) -> None:
        """What a gateway that answers tells of both; to be called at once when it has."""
        self.health.checks += [
            clock_check(description, info),
            token_check(description, credentials.auth, info.time),
        ]

    def gateway(self, description: RigFile, info: Info, profile: str | None) -> None:
        """The gateway that is as the rig file says; `profile` as it tells it."""
        self.health.checks += [
            Check(
                GATEWAY, State.OK, f"{info.serial_number} answers at {description.envoy.reached_at}"
            ),
            Check(FIRMWARE, State.OK, info.software),
            Check(PROFILE, State.OK, profile or NOT_TOLD),
        ]

    def baseline(self, baseline: Baseline) -> None:
        """How the rig was found, and what had to be put right."""
        put_right = {each.what: each for each in baseline.put_right}
        for name, found in baseline.wanted.items():
            if (difference := put_right.get(name)) is not None:
                seen = f"{shown(difference.now)} when the rig was opened; put right"
                self.health.checks.append(Check(name, State.WARN, seen))
            else:
                self.health.checks.append(Check(name, State.OK, shown(found)))
        for name, reason in baseline.unwatched.items():
            seen = f"not watched, not put back: {reason}"
            self.health.checks.append(Check(name, State.WARN, seen))

    def end_if_red(self) -> None:
        """Raises RigUnwell if a run must not begin; nothing was changed on the rig yet."""
        if red := self.health.named(State.RED):
            raise RigUnwell(f"the rig is not fit for a run: {story(red)}")

    def failed(self, error: HilError) -> None:
        """The rig does not open; that is its health."""
        if not isinstance(error, RigUnwell):
            seen, todo = found_and_suspected(error)
            self.health.checks.append(Check(OPENING, State.RED, seen, todo))
        self.write()

    def write(self) -> None:
        """Write `doctor.json`; on a full disk without it."""
        try:
            self.health.scrubbed(self._scrub).write(self._directory)
        except OSError as error:
            self.health.checks.append(Check("doctor.json", State.WARN, f"not written: {error}"))

    def __str__(self) -> str:
        """For the timeline: alike in two nights alike, so without what differs each time."""
        count = len(self.health.named(State.OK))
        warnings = story(self.health.named(State.WARN))
        return f"preflight: {count} checks green" + (f"; {warnings}" if warnings else "")
