"""One device's CLI: ask and be answered, one command at a time."""

from collections.abc import Callable, Mapping

from hil.clock import Clock
from hil.consoles.deaths import DeathWatch
from hil.consoles.dialect import Dialect
from hil.consoles.exchange import Exchange, ReplyReader
from hil.consoles.typist import PROMPT_S, Typist
from hil.consoles.verdicts import Silence, Witnesses, not_taken, refusal
from hil.errors import HilError, LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.transports.expect import newest_gap
from hil.transports.lines import LineReader
from hil.transports.recorded import LineControl, RecordedConsole
from hil.vocabulary.secret import Secret

PATIENCE = 2.5
"""How often the CLI's own wait for a busy radio fits into the time a reply may take."""

HEARD_BYTES = 1000
"""How much of what came last is looked at when no reply can be made out."""


class Console(Typist):
    """The CLI of one device.

    `cross_examine` is asked when a device that has answered before falls silent. It must not
    `ask` this console; `answers` is safe.
    """

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        device: str,
        dialect: Dialect,
        clock: Clock,
        timeline: Timeline,
        cross_examine: Callable[[], Witnesses] = Witnesses,
        deaths: DeathWatch | None = None,
    ) -> None:
        super().__init__(
            recording,
            device=device,
            dialect=dialect,
            clock=clock,
            timeline=timeline,
            deaths=deaths,
        )
        self._cross_examine = cross_examine
        self._answered_s: float | None = None

    def ask(self, command: str, *, within_s: float | None = None) -> Exchange:
        """Send `command` and return its reply. A second thread waits for the first one's.

        The reply may take `within_s` rig seconds, or 2.5 times the dialect's `at_timeout_s`. Within
        them a CLI that says it is busy is asked again. A command that lost or doubled its first
        character on the way, so that the device does not know it, is sent a second time. The
        timeline says so. No command is sent again that may have been carried out.

        Raises:
            CommandRefused: the device said no; `CommandUnknown`, `RadioBusy`, `CliBusy` are such.
            ConsoleLocked: it takes no commands, a firmware update runs.
            ConsoleSilent, LineGarbled, LineLost: the bench, or undecided.
            WrongDevice: the line was away, and another device is on it since.
            DeviceDied: a device of the rig said last words.
            StoppedAnswering: it has answered before, and line and bench are well (`verdicts`).
        """
        if within_s is None:
            within_s = PATIENCE * self.dialect.at_timeout_s
        if not command.strip():
            raise ValueError("an empty command has no reply; `answers` tells whether it prompts")
        reply, took_s = self._patiently(command, within_s)
        # Not in turn: another console, asked as a witness, may fall silent and ask this one.
        if not reply.ended:
            raise self._silence(command, reply, within_s)
        for line in reply.reply:
            key = self.dialect.key_line.fullmatch(line)
            if key and key["value"]:
                self.keep_secret(Secret(key["value"].upper()))
        asked = f"{self.device}: {command!r} on {self.where}"
        if (refused := refusal(asked, reply, self.dialect)) is not None:
            raise refused
        scrubbed = self._scrubbed([command, *reply.reply, *reply.log_lines])
        behind = 1 + len(reply.reply)
        return Exchange(
            command=scrubbed[0],
            reply=tuple(scrubbed[1:behind]),
            log_lines=tuple(scrubbed[behind:]),
            took_s=took_s,
            _unmasked=Secret("\n".join(reply.reply)),
        )

    def send_break(self, duration_s: float = 0.25) -> None:
        """Hold the line in break for so many wall seconds: some boot loaders stop at it.

        Raises:
            NotOnThisLine: it has none, as a pseudo-terminal.
            LineLost: it is away.
        """
        self._recording.control(LineControl.BREAK, duration_s)

    def set_dtr(self, on: bool) -> None:
        """Raise or drop Data Terminal Ready; on some adapters that resets the device.

        Raises as `send_break`.
        """
        self._recording.control(LineControl.DTR, float(on))

    def set_rts(self, on: bool) -> None:
        """Raise or drop Request To Send. Raises as `send_break`."""
        self._recording.control(LineControl.RTS, float(on))

    def modem_lines(self) -> Mapping[str, bool]:
        """How `cts`, `dsr`, `ri` and `cd` stand. Raises as `send_break`."""
        return self._recording.control(LineControl.MODEM)

    def _patiently(self, command: str, within_s: float) -> tuple[ReplyReader, float]:
        """The reply; asks again while the CLI is busy.

        Raises:
            CliBusy, ConsoleLocked: it did not take the command.
        """
        asked = f"{self.device}: {command!r} on {self.where}"
        until_s, every_s = self.clock.now() + within_s, self.dialect.busy_every_s
        left_s = within_s
        while True:
            with self._my_turn():
                reply, took_s = self._exchange(command, left_s)
                if reply.ended and reply.garbled and self._unknown(reply.reply[-1]):
                    self.note(Kind.TROUBLE, f"the device read {command!r} wrong; sent again")
                    reply, took_s = self._exchange(command, left_s)
            if reply.not_taken is None:
                return reply, took_s
            left_s = until_s - self.clock.now() - every_s
            locked = self.dialect.locked.fullmatch(reply.not_taken) is not None
            if locked or left_s <= 0:
                raise not_taken(asked, reply.not_taken, locked=locked, waited_s=within_s)
            self.note(Kind.TROUBLE, f"CLI busy at {command!r}: {reply.not_taken}; asked again")
            self.clock.sleep(every_s)

    def _exchange(self, command: str, within_s: float) -> tuple[ReplyReader, float]:
        reply, gap = ReplyReader(command, self.dialect), newest_gap(self._stream)
        mark = self._expect_from = self._ready()
        sent_s = self.clock.now()
        cut: list[str] = []
        try:
            self._type(command)
            reader = LineReader(self._stream, since=mark)
            for line in self._lines(reader, self._until(within_s), gap=gap):
                if line.cut:
                    cut.append(line.plain)
                elif reply.feed(line.text):
                    return reply, self._ended(command, sent_s, self._at_s(line), line.text)
        except LineLost as lost:
            came = [self.scrub(text) for text in (*reply.reply, *reply.log_lines, *cut)]
            raise LineLost(
                f"{lost}; {command!r} was under way: of its reply came {came or 'nothing'}, whether it "
                "was carried out is not known, and it was not sent again; suspect the adapter, its "
                "cable, its hub, or the power of these"
            ) from lost
        return reply, self.clock.now() - sent_s

    def _ended(self, command: str, sent_s: float, ended_s: float, end: str) -> float:
        """Note the end of a reply; how long it took."""
        self._answered_s = ended_s
        self._deaths.answered(self._stream.name)
        took_s = ended_s - sent_s
        # The next command takes it along: to send it costs more than all the rest here.
        with self._timeline.together(late=True):
            self._recording.turn_ends()
            self._timeline.note(
                self._stream.wire,
                Kind.STEP,
                f"{command!r} took {took_s:.3f} s: {end}",
                at_s=ended_s,
                command=command,
                took_s=took_s,
            )
        return took_s

    def _scrubbed(self, lines: list[str]) -> list[str]:
        """Each line as it may be shown; most often there is nothing to hide in any of them."""
        together = "\n".join(lines)
        return lines if self.scrub(together) == together else [self.scrub(line) for line in lines]

    def _unknown(self, end: str) -> bool:
        return self.dialect.unknown_command.fullmatch(end) is not None

    def _silence(self, command: str, reply: ReplyReader, within_s: float) -> HilError:
        """Whose fault it is; asks the device for its prompt, and the rest of the bench.

        Raises:
            LineLost: it is the line's.
        """
        prompts = self._prompts(PROMPT_S)
        heard = self._stream.since(max(self._stream.first, self._stream.received - HEARD_BYTES))
        silence = Silence(
            device=self.device,
            line=self.where,
            command=command,
            waited_s=within_s,
            answered_s=self._answered_s,
            heard=self.scrub(heard.decode("latin-1")),
            so_far=tuple(self.scrub(line) for line in (*reply.reply, *reply.log_lines)),
            echoless_end=None if (end := reply.echoless_end) is None else self.scrub(end),
            echoed=reply.behind_echo,
            got_through=reply.behind_echo if self.dialect.echo else bool(reply.reply),
            prompts=prompts,
        )
        witnesses, found = Witnesses(), ""
        if prompts:
            found = " (an empty command brings the prompt back)"
        elif self._answered_s is not None:
            witnesses = self._cross_examine()
            found = f" ({witnesses})"
        self.note(Kind.TROUBLE, f"no reply to {command!r} in {within_s:g} s{found}")
        return silence.blame(self.dialect, witnesses)
