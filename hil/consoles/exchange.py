"""One command and its reply, put together from lines; pure."""

import re
from dataclasses import dataclass, field

from hil.consoles.dialect import Dialect
from hil.transports.lines import plain
from hil.vocabulary.secret import Secret

_GARBAGE = re.compile(r"(?:\\x[0-9a-f]{2}|�)*")
"""Bytes that are no text, as a line shows them: a line driver says such at power-up."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and what was answered, for people: keys in it are masked."""

    command: str
    reply: tuple[str, ...]
    """The lines behind the echo, up to and including the end line."""
    log_lines: tuple[str, ...]
    """What the device logged meanwhile, without time and tag."""
    took_s: float
    """Rig seconds from the command to the end of the reply."""
    _unmasked: Secret = field(repr=False, compare=False)

    @property
    def end(self) -> str:
        """The line that ended the reply: `OK`, `AT DJ=1 OK`."""
        return self.reply[-1]

    def unmasked(self) -> str:
        """The reply as it came, keys included, a line each; for parsers, never for a message."""
        return self._unmasked.reveal()


class ReplyReader:
    """Tells the reply to one command apart from log lines, prompts, echo and leftovers.

    Log lines come at any time: between lines, behind a prompt or an echo, and some firmware
    lets one cut a line in two; what stood in front of it is then put together with what follows.
    """

    def __init__(self, command: str, dialect: Dialect) -> None:
        self._command, self._dialect = command, dialect
        self._log, self._prompt = dialect.log_line, dialect.prompt
        self._bare_prompt = dialect.prompt.rstrip()
        self._cut = ""
        self.behind_echo = not dialect.echo
        self.ended = False
        self.not_taken: str | None = None
        """The line by which the CLI said that it is busy or locked; it may come without an echo."""
        self.reply: list[str] = []
        self.log_lines: list[str] = []
        self.leftovers: list[str] = []
        """What came in front of the echo: the rest of an earlier reply, or of a boot."""
        self.garbled = False
        """The first character was lost or doubled on its way to the device, as after idling."""

    def feed(self, line: str) -> bool:
        """Take the next complete line, as it came; whether it ended the reply."""
        if self._is_plainly_within(line):
            self.reply.append(line)
            return False
        said = plain(line)
        if logged := self._log_line(line, said):
            head, text = logged
            self.log_lines.append(text)
            self._cut += head
            # What follows may be the reply at once: not every echo is ended before a log line.
            if not self.behind_echo and self._typed(self._cut) == self._command:
                self.behind_echo, self._cut = True, ""
            return False
        whole = self._without_prompt(plain(self._cut + line) if self._cut else said)
        self._cut = ""
        if not whole or whole.isspace():
            return False
        if not self.behind_echo:
            # The cut piece may have been garbage that the echo has nothing to do with.
            if self._is_the_echo(whole) or self._is_the_echo(said):
                return False
            if not self._is_not_taken(whole):
                self.leftovers.append(whole)
                return False
        self.reply.append(whole)
        self.ended = self._is_not_taken(whole) or self._ends(whole)
        return self.ended

    def _is_plainly_within(self, line: str) -> bool:
        """Whether this is a line as most are: of the reply, and nothing else about it."""
        dialect = self._dialect
        return (
            self.behind_echo
            and not self._cut
            and line.isprintable()
            and bool(line)
            and not line.isspace()
            and not line.startswith(self._bare_prompt)
            and self._log.search(line) is None
            and dialect.end_of_reply.fullmatch(line) is None
            and dialect.busy.fullmatch(line) is None
            and dialect.locked.fullmatch(line) is None
        )

    @property
    def echoless_end(self) -> str | None:
        """The end line of a whole reply that came without an echo in front of it."""
        ends = [text for text in self.leftovers if self._ends(text)]
        return None if self.behind_echo or not ends else ends[-1]

    def _log_line(self, line: str, said: str) -> tuple[str, str] | None:
        """What stands in front of a log line, and its text; `said` is the line's plain text."""
        # As it came first: where it cuts an escape sequence, the rest of that would swallow it.
        logged = self._log.search(line)
        if logged is not None:
            said = line
        elif said != line:
            logged = self._log.search(said)
        return None if logged is None else (said[: logged.start()], plain(logged["text"]))

    def _ends(self, text: str) -> bool:
        return self._dialect.end_of_reply.fullmatch(text) is not None

    def _is_not_taken(self, text: str) -> bool:
        if self._dialect.busy.fullmatch(text) or self._dialect.locked.fullmatch(text):
            self.not_taken = text
        return self.not_taken is not None

    def _typed(self, text: str) -> str:
        return plain(text).rpartition(self._dialect.prompt)[2]

    def _is_the_echo(self, text: str) -> bool:
        typed = self._typed(text)
        self.garbled = typed in (self._command[1:], self._command[0] + self._command)
        garbage = typed.removesuffix(self._command)
        self.behind_echo = self.garbled or (
            typed.endswith(self._command)
            and (
                _GARBAGE.fullmatch(garbage) is not None
                or (garbage == plain(text).removesuffix(self._command) and self._damaged(garbage))
            )
        )
        return self.behind_echo

    def _damaged(self, text: str) -> bool:
        """Whether `text` is what a bad line has left of a prompt: some of it, or half of it right."""
        rest = iter(self._prompt)
        if all(character in rest for character in text):
            return True
        right = sum(seen == said for seen, said in zip(text, self._prompt, strict=False))
        return len(text) == len(self._prompt) and 2 * right >= len(text)

    def _without_prompt(self, text: str) -> str:
        while text.startswith(self._prompt):
            text = text.removeprefix(self._prompt)
        return "" if text == self._bare_prompt else text
