"""What a refusal or a silence of a console means; pure judgement over what was heard."""

from dataclasses import dataclass

from hil.consoles.dialect import Dialect
from hil.consoles.exchange import ReplyReader
from hil.errors import (
    CliBusy,
    CommandRefused,
    CommandUnknown,
    ConsoleLocked,
    ConsoleSilent,
    LineGarbled,
    RadioBusy,
    StoppedAnswering,
)

QUOTED = 40
"""Characters of what was heard that a message repeats."""


def refusal(
    asked: str, reply: ReplyReader, dialect: Dialect
) -> CommandRefused | LineGarbled | None:
    """The error that a reply's end line amounts to, or None. `asked`: what, whom, on which line."""
    end = reply.reply[-1]
    message = f"{asked} was answered {end!r}"
    if dialect.unknown_command.fullmatch(end):
        if reply.garbled:
            return LineGarbled(
                f"{message}, twice: the first character of what is typed is lost or doubled; "
                "suspect the adapter, or a device that sleeps"
            )
        return CommandUnknown(f"{message}: this firmware does not know it", reply=end)
    refused = dialect.refusal.fullmatch(end)
    number = int(refused["number"]) if refused else None
    if dialect.no_response.fullmatch(end) or dialect.radio_busy.fullmatch(end):
        return RadioBusy(f"{message}: its radio is busy", reply=end, number=number)
    return CommandRefused(message, reply=end, number=number) if refused else None


def not_taken(asked: str, said: str, *, locked: bool, waited_s: float) -> CliBusy | ConsoleLocked:
    """The error for a command that the CLI did not take, by `said`."""
    message = f"{asked} was answered {said!r}"
    if locked:
        return ConsoleLocked(
            f"{message}: it takes no commands while a firmware update runs; wait until that is over, "
            "and suspect who started it"
        )
    return CliBusy(f"{message}, again and again for {waited_s:g} s", reply=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """What the rest of the bench says while one device's console is silent.

    It tells whether the bench and the device are alive; nothing here can tell whether the line
    to this console is.
    """

    other_consoles: tuple[str, ...] = ()
    """The other devices whose consoles prompt right now."""
    gateway_hears_it: bool | None = None
    """Whether the gateway's inventory says that this device communicates; None: it says nothing."""

    @property
    def agree(self) -> bool:
        """Whether both the bench and this device are alive."""
        return bool(self.other_consoles) and self.gateway_hears_it is True

    def __str__(self) -> str:
        others = ", ".join(self.other_consoles)
        gateway = {
            True: "the gateway's inventory says that it communicates",
            False: "the gateway's inventory says that it does not communicate",
            None: "the gateway does not say whether it communicates",
        }
        return (
            f"{f'the console of {others} answers' if others else 'no other console answers'}; "
            f"{gateway[self.gateway_hears_it]}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A command that got no whole reply in time, and what is known about it. Already scrubbed."""

    device: str
    line: str
    command: str
    waited_s: float
    answered_s: float | None
    """When this console's last reply ended, in rig seconds; None: never since it was opened."""
    heard: str
    """The last of what came on this line at any time, a character a byte."""
    so_far: tuple[str, ...]
    """Lines of the reply that did come, and of the log meanwhile."""
    echoless_end: str | None
    """The end of a whole reply that came without the command's echo."""
    echoed: bool
    """Whether the command came back as it was typed (or need not)."""
    got_through: bool
    """Whether the command is known to have reached the device and the line to carry both ways: its
    echo came; where nothing echoes, a part of the reply did."""
    prompts: bool
    """Whether an empty command brings the prompt back now."""

    def blame(
        self, dialect: Dialect, witnesses: Witnesses
    ) -> ConsoleSilent | LineGarbled | StoppedAnswering:
        """The device's fault only if it has answered before, and line and device are known well.

        The line: its prompt comes, or this command got through. The device: its prompt comes, or
        the witnesses agree. A pulled serial cable leaves every witness as it was, so without a
        sign on this line itself whose silence it is stays undecided, which is the bench's.
        """
        if self.answered_s is None:
            return self._bench(self._never_answered(dialect))
        known = f"its last answer ended at {self.answered_s:.1f} s of rig time" + (
            f", of this one came {list(self.so_far)}" if self.so_far else ""
        )
        if self.prompts and not self.echoed:
            return LineGarbled(
                f"{self.device}: {self.command!r} on {self.line} was not echoed, so it was lost on "
                "its way, though an empty command brings the prompt back; suspect the adapter, or "
                "somebody else typing on this line"
            )
        if self.prompts:
            return self._stopped(f"{known}; an empty command brings its prompt back")
        if self.got_through and witnesses.agree:
            return self._stopped(f"{known}; the command got through to it; {witnesses}")
        return self._bench(f"{known}; {witnesses}; undecided: {self._suspect(witnesses)}")

    def _suspect(self, witnesses: Witnesses) -> str:
        if witnesses.gateway_hears_it:
            return (
                "suspect this console's cable or adapter first; where they are well, the device's "
                "CLI hangs"
            )
        if witnesses.other_consoles:
            return "suspect the device's power, then this console's cable or adapter"
        return "suspect the bench's power, the adapter, the cable"

    def _stopped(self, known: str) -> StoppedAnswering:
        return StoppedAnswering(
            f"{self.device}: no answer to {self.command!r} on {self.line} in "
            f"{self.waited_s:g} s; {known}"
        )

    def _bench(self, finding: str | None) -> ConsoleSilent:
        return ConsoleSilent(
            self.device,
            line=self.line,
            tried=self.command,
            waited_s=self.waited_s,
            heard=self.heard.encode("latin-1", errors="replace"),
            finding=finding,
        )

    def _never_answered(self, dialect: Dialect) -> str | None:
        if self.echoless_end is not None:
            return (
                f"an answer came (ending {self.echoless_end!r}), but no echo of the command in "
                "front of it; if this device does not echo, put `echo: false` into its dialect "
                "in the rig file"
            )
        if self.prompts:
            return (
                f"its prompt comes back, but no end of a reply is found in {self.heard[-QUOTED:]!r}"
                "; suspect its dialect in the rig file"
            )
        if dialect.prompt in self.heard or dialect.log_line.search(self.heard):
            return (
                f"it prints (…{self.heard[-QUOTED:]!r}), but has answered nothing since the line "
                "was opened; suspect the wire from here to it (TX), or its dialect in the rig file"
            )
        return None
