"""A serial console with a shell on it: what is typed there, what comes back, and when it has all come."""

import re
from collections.abc import Callable

from hil.clock import Clock
from hil.consoles.shell_dialect import ShellDialect
from hil.errors import LineLost, Unreachable
from hil.evidence.redaction import mask_pieces
from hil.evidence.timeline import Kind, Timeline
from hil.transports.expect import gap_since, newest_gap
from hil.transports.lines import plain
from hil.transports.recorded import RecordedConsole
from hil.vocabulary.secret import Secret

TAIL_BYTES = 4096
"""How much of what came last is looked at for prompts and ends."""

QUIET_S = 0.25
"""Rig seconds without a byte behind what looks like a prompt: then it is one."""

QUOTED = 200
"""Characters of what came that a message repeats."""


class Silent(Exception):
    """Nothing came for as long as is waited. `heard`: whether anything came at all."""

    def __init__(self, *, heard: bool) -> None:
        super().__init__("silent")
        self.heard = heard


class ShellLine:
    """Types and listens; knows nothing of commands or logins. `password`: of it no piece is told."""

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        dialect: ShellDialect,
        clock: Clock,
        timeline: Timeline,
        password: Secret | None,
    ) -> None:
        self.dialect = dialect
        self._recording, self._stream = recording, recording.stream
        self._clock, self._timeline, self._password = clock, timeline, password
        self._gap = newest_gap(self._stream)

    @property
    def where(self) -> str:
        """`/dev/ttyUSB3 at 115200 baud`."""
        return self._recording.label

    @property
    def received(self) -> int:
        """Everything so far: where what comes next begins."""
        self._clock.settle()
        return self._stream.received

    @property
    def was_interrupted(self) -> bool:
        """Whether the line was away since `begins`."""
        return newest_gap(self._stream) != self._gap

    def begins(self) -> int:
        """See that the line is there, and count from here; as `received`.

        Raises:
            Unreachable: it is away.
        """
        try:
            self._recording.await_line()
        except LineLost as lost:
            raise Unreachable(str(lost)) from lost
        self._gap = newest_gap(self._stream)
        return self.received

    def type(self, text: str, *, shown: str | None = None, ended: bool = True) -> int:
        """Type `text` and, where it is `ended`, its end; where its answer begins. `shown` stands for it
        on the timeline, where it is the password.

        Raises:
            Unreachable: the line is away.
        """
        mark = self.received
        if shown is not None:
            self._timeline.note(self._stream.wire, Kind.SENT, shown)
        keys = text + (self.dialect.end_of_command if ended else "")
        try:
            self._recording.write(keys.encode(), is_secret=text == self._revealed)
        except LineLost as lost:
            raise Unreachable(str(lost)) from lost
        return mark

    def turn_ends(self, *, given_up: bool = False) -> None:
        """Others may type."""
        self._recording.turn_ends(given_up=given_up)

    def until(
        self,
        since: int,
        found: Callable[[bytes], object],
        *,
        first_s: float,
        silent_s: float,
        quiet_s: Callable[[object], float] = lambda _: 0.0,
    ) -> object:
        """Wait until `found` gives something for the last of what came behind `since`, and give that.

        `first_s` rig seconds for the first byte, `silent_s` between two. What was found counts when
        `quiet_s` have passed behind it without another byte.

        Raises:
            Silent: it did not come.
            Unreachable: the line went away.
        """
        clock, stream = self._clock, self._stream
        looked, result = since, None
        until_s = clock.now() + first_s + clock.grain_s
        with stream.hold(since) as hold:
            while True:
                clock.settle()
                self._check()
                now_s, received = clock.now(), stream.received
                if received > looked or looked == since:
                    if received > looked:
                        until_s = now_s + silent_s + clock.grain_s
                    looked = received
                    begin = max(since, received - TAIL_BYTES)
                    result = found(stream.read(begin, received - begin))
                    if result is not None:
                        until_s = now_s + quiet_s(result)
                if now_s >= until_s:
                    if result is not None:
                        return result
                    raise Silent(heard=received > since)
                hold.offset = since
                clock.wait(stream.signal(looked), until_s)

    def read(self, since: int) -> bytes:
        """All that came behind `since`.

        Raises:
            Unreachable: it was more than is kept.
        """
        try:
            return self._stream.read(since)
        except LineLost as lost:
            raise Unreachable(str(lost)) from lost

    def heard(self, since: int) -> str:
        """The last of what came behind `since`, as a message may repeat it."""
        last = max(since, self._stream.first, self._stream.received - 4 * QUOTED)
        text = plain(self._stream.read(last).decode("utf-8", "replace")).strip()
        if self._revealed:
            text = mask_pieces(text, self._revealed, at_least=3)
        text = self._timeline.redactor.scrub(text)[-QUOTED:]
        return repr(text) if text else "nothing"

    def without_kernel(self, data: bytes) -> bytes:
        """`data` without what the kernel said in between."""
        kernel = self.dialect.kernel_line
        return re.sub(kernel.pattern.encode(), b"", data, flags=kernel.flags & ~re.UNICODE)

    @property
    def _revealed(self) -> str:
        return "" if self._password is None else self._password.reveal()

    def _check(self) -> None:
        trouble = self._stream.trouble
        if trouble is None and (gap := gap_since(self._stream, self._gap)) is not None:
            trouble = f"{self.where} was interrupted: {gap.why}"
        if trouble is None:
            trouble = self._recording.not_sent
        if trouble is not None:
            raise Unreachable(trouble)
