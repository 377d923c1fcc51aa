"""Everything hil raises, on one page; the branch says who has to act.

HilError
├── SuiteError            the test, or the file that describes the rig, is wrong → fix the suite
│   ├── RigFileError        a rig or site file cannot be understood
│   └── LeftAMess           a test passed and left the rig other than it found it
├── RigError              the bench is in trouble → fix the bench
│   ├── Unreachable         nothing answers there
│   │   └── Silent              it takes the question, and does not answer in time
│   ├── Unavailable         it answers that it is busy, starting or overloaded
│   │   └── ConsoleLocked     its console takes no commands while a firmware update runs
│   ├── Unseen              what was to be judged could not be seen when it mattered
│   ├── NotAuthorized       token or password is refused, or its role is too weak
│   ├── WrongCertificate    who answers there is not the gateway that the rig file knows
│   ├── NotAnEnvoy          something else answers at that address
│   ├── ConsoleSilent       the line opened, nothing was ever said
│   ├── LineLost            the line went away while it was in use
│   │   └── LineBlocked       it is there, but takes no more bytes
│   ├── NotOnThisLine       this line has no break or modem lines
│   ├── LineGarbled         what was typed did not come back as it was typed
│   ├── WrongDevice         what answers has another serial number or link key than the rig file says
│   ├── WrongBuild          not the firmware or profile that was meant to be tested
│   ├── RadioStuck          a radio stays out of the network and the rig has no way to restart it
│   ├── EquipmentRefused    an instrument of the bench said no, or is none
│   ├── OutOfTime           a test used up its rig time
│   ├── SimulatorLost       the simulated rig went away or broke its protocol
│   ├── RigInUse            somebody else has the rig open
│   ├── KeeperLost          the process that keeps the rig is gone, or ended the connection
│   ├── RestoreFailed       the rig could not be put back
│   ├── RigOut              the rig was taken out earlier in this run; carries the first cause
│   ├── StillOut            an earlier run took it out, and the doctor has not found it well since
│   └── RigUnwell           a check before the run is red
└── ProductError          the device broke a promise → file a bug
    ├── Refused             it said no to a legal request
    │   └── NotOffered        this firmware does not know the endpoint or the method
    ├── CommandRefused      its console said no to a command
    │   ├── CommandUnknown    this firmware does not know the command
    │   ├── CliBusy           its CLI was busy with something else, for as long as it was asked
    │   └── RadioBusy         its radio had no time; the same command may succeed later
    ├── Unintelligible      its answer cannot be understood
    ├── StoppedAnswering    it spoke before, and then no more, while the bench is well
    ├── DeviceDied          it panicked, or was reset, and nothing had announced that
    ├── NotInTime           it did not get there within its budget
    └── Changed             something that had to stay as it was did not
"""

from collections.abc import Sequence

from hil.vocabulary.baud import another_rate, rate_in


class HilError(Exception):
    """Anything hil raises on purpose. `str()` is for the person at the bench."""


class SuiteError(HilError):
    """The test, or the file that describes the rig, is wrong."""


class RigError(HilError):
    """The bench is in trouble; says nothing about the product."""


class ProductError(HilError, AssertionError):
    """The device broke a promise."""


class RigFileError(SuiteError):
    """A rig or site file cannot be understood; names file, key and what to write instead."""


class LeftAMess(SuiteError):
    """A test passed and left the rig other than it found it (it has been put back)."""


class Unreachable(RigError):
    """Nothing answers there."""


class Silent(Unreachable):
    """Connected, and no answer in time: under load, or a process of it hangs."""


class Unavailable(RigError):
    """It answers that it is busy, starting or overloaded (502, 503, 504)."""


class Unseen(RigError):
    """Nobody could look when it mattered, so whether a promise was kept cannot be told."""


class ConsoleLocked(Unavailable):
    """Its console takes no commands while a firmware update runs; nothing was carried out."""


class NotAuthorized(RigError):
    """Token or password is refused, or its role is too weak; the message says which, where it shows."""


class WrongCertificate(RigError):
    """Who answers there shows another certificate than the rig file has; nothing was sent."""


class NotAnEnvoy(RigError):
    """Something answers there, but a page for people, not the gateway's interface."""


class ConsoleSilent(RigError):
    """The serial line is open, but the device on it has not said a word that is understood.

    Or it did before, and nothing tells whether the device or the bench went quiet; `finding`
    then says what is known, in place of what `heard` suggests.
    """

    def __init__(
        self,
        device: str,
        *,
        line: str,
        tried: str,
        waited_s: float,
        heard: bytes = b"",
        finding: str | None = None,
    ) -> None:
        if finding is not None:
            pass
        elif heard:
            what = another_rate(heard, baud=rate_in(line)) or (
                "nothing of it is understood; suspect the device's dialect in the rig file, or another "
                "device on this line"
            )
            finding = f"heard {len(heard)} bytes ending {heard[-12:]!r}; {what}"
        else:
            finding = "heard nothing; suspect power, the cable, or TX and RX swapped"
        super().__init__(f"{device}: no answer to {tried!r} on {line} in {waited_s:g} s: {finding}")


class LineLost(RigError):
    """The line went away while it was in use. `taken`: bytes of a write that it had taken."""

    def __init__(self, message: str, *, taken: int = 0) -> None:
        super().__init__(message)
        self.taken = taken


class LineBlocked(LineLost):
    """The line is there, but takes no more bytes: flow control, or a far end that does not read."""


class NotOnThisLine(RigError):
    """What was asked of the line it does not have: a break, modem lines."""


class LineGarbled(RigError):
    """What was typed did not come back as it was typed: characters were lost, or nothing echoes."""


class WrongDevice(RigError):
    """What answers is not the device of the rig file: by its serial number, or by its link key."""


class WrongBuild(RigError):
    """Not the firmware or grid profile that was meant to be tested."""


class RadioStuck(RigError):
    """A radio stays out of the network, and everything this rig can do about it was tried."""


class EquipmentRefused(RigError):
    """An instrument of the bench said no, or what answers there is no instrument."""


class OutOfTime(RigError):
    """A test used up its rig time without a verdict; undecided, so nobody's product bug."""


class SimulatorLost(RigError):
    """The simulated rig went away, or does not keep to its control protocol."""


class RigInUse(RigError):
    """Somebody else has the rig open; says who, and since when."""


class KeeperLost(RigError):
    """The process that keeps the rig is gone, or ended the connection; says why, as far as known."""


class RestoreFailed(RigError):
    """The rig could not be put back to its baseline; it is out for the rest of the run."""


class RigOut(RigError):
    """The rig was taken out earlier in this run. `since`: when that was, in rig and wall time."""

    def __init__(self, cause: str, *, since: str = "an earlier restore failed") -> None:
        brief = cause.partition("; suspect ")[0].partition("\n")[0]
        super().__init__(f"the rig is out of use since {since}: {brief}")
        self.since = since


class StillOut(RigError):
    """An earlier run could not put the rig back, and `hil doctor` has not found it well since."""


class RigUnwell(RigError):
    """A check that comes before the first test is red; names each, and what to do."""


class Refused(ProductError):
    """It said no to a legal request. `status` and `body` are what came."""

    def __init__(self, message: str, *, status: int, body: str) -> None:
        super().__init__(message)
        self.status, self.body = status, body


class NotOffered(Refused):
    """This firmware does not know the endpoint (404) or the method (405)."""


class CommandRefused(ProductError):
    """Its console said no to a command: `ERR 7 not permitted`. `reply` is the line that said so."""

    def __init__(self, message: str, *, reply: str, number: int | None = None) -> None:
        super().__init__(message)
        self.reply, self.number = reply, number


class CommandUnknown(CommandRefused):
    """This firmware does not know the command."""


class CliBusy(CommandRefused):
    """Its CLI was busy with something else, again and again until the time was up."""


class RadioBusy(CommandRefused):
    """Its radio had no time (`ERR 2`, `no response`); the same command may succeed later."""


class Unintelligible(ProductError):
    """Its answer cannot be understood. `document` is the whole of it, `problems` why not."""

    def __init__(self, message: str, *, document: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.document = document
        self.problems = tuple(problems)


class StoppedAnswering(ProductError):
    """It spoke before, and then no more, while everything else on the bench is well."""


class DeviceDied(ProductError):
    """It said last words (a panic, a watchdog reset) that nobody had announced."""


class NotInTime(ProductError):
    """It did not get there within its budget.

    `history` holds each distinct value seen with the rig seconds after the start at which it
    was first seen.
    """

    def __init__(
        self, what: str, *, within_s: float, history: Sequence[tuple[float, object]], note: str = ""
    ) -> None:
        story = " → ".join(f"{seen} ({at_s:.0f} s)" for at_s, seen in history)
        super().__init__(f"{what}: not within {within_s:g} s{note}; saw {story or 'nothing'}")
        self.what, self.within_s, self.history = what, within_s, tuple(history)


class Changed(ProductError):
    """Something that had to stay as it was did not."""
