"""One device's CLI: ask and be answered, one command at a time."""

import threading
from collections.abc import Callable

from hil.clock import Clock
from hil.consoles.dialect import Dialect
from hil.consoles.exchange import Exchange, ReplyReader
from hil.consoles.listener import Listener
from hil.consoles.verdicts import Silence, Witnesses, refusal
from hil.errors import HilError, LineLost
from hil.evidence.timeline import Kind, Timeline
from hil.transports.lines import LineReader
from hil.transports.recorded import RecordedConsole
from hil.vocabulary.secret import Secret

PATIENCE = 2.5
"""How often the CLI's own wait for a busy radio fits into the time a reply may take."""

PROMPT_S = 2.0
"""Rig seconds a prompt may take."""

HEARD_BYTES = 1000
"""How much of what came last is looked at when no reply can be made out."""


class Console(Listener):
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
    ) -> None:
        super().__init__(recording, device=device, dialect=dialect, clock=clock, timeline=timeline)
        self._cross_examine = cross_examine
        self._one_at_a_time = threading.Lock()
        self._answered_s: float | None = None

    def ask(self, command: str, *, within_s: float | None = None) -> Exchange:
        """Send `command` and return its reply. A second thread waits for the first one's.

        The reply may take `within_s` rig seconds, or 2.5 times the dialect's `at_timeout_s`.

        A command that lost or doubled its first character on the way, so that the device does
        not know it, is sent a second time; the timeline says so.

        Raises:
            CommandRefused: the device said no; `CommandUnknown`, `RadioBusy` are such.
            ConsoleSilent, LineGarbled, LineLost: the bench, or undecided.
            StoppedAnswering: it has answered before, and line and bench are well (`verdicts`).
        """
        if within_s is None:
            within_s = PATIENCE * self.dialect.at_timeout_s
        if not command.strip():
            raise ValueError("an empty command has no reply; `answers` tells whether it prompts")
        with self._one_at_a_time:
            reply, took_s = self._exchange(command, within_s)
            if reply.ended and reply.garbled and self._unknown(reply.reply[-1]):
                self.note(Kind.TROUBLE, f"the device read {command!r} wrong; sent again")
                reply, took_s = self._exchange(command, within_s)
        # Not under the lock: another console, asked as a witness, may fall silent in turn.
        if not reply.ended:
            raise self._silence(command, reply, within_s)
        for line in reply.reply:
            key = self.dialect.key_line.fullmatch(line)
            if key and key["value"]:
                self.keep_secret(Secret(key["value"].upper()))
        asked = f"{self.device}: {command!r} on {self.where}"
        if (refused := refusal(asked, reply, self.dialect)) is not None:
            raise refused
        return Exchange(
            command=self.scrub(command),
            reply=tuple(self.scrub(line) for line in reply.reply),
            log_lines=tuple(self.scrub(line) for line in reply.log_lines),
            took_s=took_s,
            _unmasked=Secret("\n".join(reply.reply)),
        )

    def answers(self, *, within_s: float = PROMPT_S) -> bool:
        """Whether an empty command brings the prompt back. Blames nobody.

        It also ends a command that somebody else left half typed.
        """
        try:
            return self._prompts(within_s)
        except LineLost:
            return False

    def send(self, command: str) -> None:
        """Send `command` and wait for nothing; for `expect` and `wait_for_line`."""
        with self._one_at_a_time:
            self._expect_from = self.mark()
            self._type(command)

    def _exchange(self, command: str, within_s: float) -> tuple[ReplyReader, float]:
        reply = ReplyReader(command, self.dialect)
        mark = self.mark()
        sent_s = self.clock.now()
        self._expect_from = mark
        self._type(command)
        reader = LineReader(self._stream, since=mark)
        for lines in self._looks(reader, self._until(within_s)):
            for line in lines:
                if reply.feed(line.text):
                    self._answered_s = self._at_s(line)
                    took_s = self._answered_s - sent_s
                    self._timeline.note(
                        self._stream.wire,
                        Kind.STEP,
                        f"{command!r} took {took_s:.3f} s: {line.text}",
                        at_s=self._answered_s,
                        command=command,
                        took_s=took_s,
                    )
                    return reply, took_s
        return reply, self.clock.now() - sent_s

    def _prompts(self, within_s: float) -> bool:
        with self._one_at_a_time:
            mark = self.mark()
            prompt = self.dialect.prompt.encode()
            self._type("")
            reader = LineReader(self._stream, since=mark)
            looks = self._looks(reader, self._until(within_s))
            return any(prompt in self._stream.since(mark) for _ in looks)

    def _type(self, command: str) -> None:
        self.note(Kind.SENT, command or "(empty command)")
        try:
            self._recording.write((command + self.dialect.end_of_command).encode())
        except LineLost as error:
            raise LineLost(f"{self.device}: {error}") from error

    def _unknown(self, end: str) -> bool:
        return self.dialect.unknown_command.fullmatch(end) is not None

    def _silence(self, command: str, reply: ReplyReader, within_s: float) -> HilError:
        """Whose fault it is; asks the device for its prompt, and the rest of the bench.

        Raises:
            LineLost: it is the line's.
        """
        prompts = self._prompts(PROMPT_S)
        heard = self._stream.since(max(0, self._stream.received - HEARD_BYTES))
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
        witnesses = Witnesses()
        if self._answered_s is not None and not prompts:
            witnesses = self._cross_examine()
        found = "an empty command brings the prompt back" if prompts else str(witnesses)
        self.note(Kind.TROUBLE, f"no reply to {command!r} in {within_s:g} s ({found})")
        return silence.blame(self.dialect, witnesses)
