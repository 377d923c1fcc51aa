"""One command and its reply, put together from lines; pure."""

from dataclasses import dataclass, field

from hil.consoles.dialect import Dialect
from hil.vocabulary.secret import Secret


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
        self._cut = ""
        self.behind_echo = not dialect.echo
        self.ended = False
        self.reply: list[str] = []
        self.log_lines: list[str] = []
        self.leftovers: list[str] = []
        """What came in front of the echo: the rest of an earlier reply, or of a boot."""
        self.garbled = False
        """The first character was lost or doubled on its way to the device, as after idling."""

    def feed(self, line: str) -> bool:
        """Take the next complete line; whether it ended the reply."""
        if logged := self._dialect.log_line.search(line):
            self.log_lines.append(logged["text"])
            self._cut = self._without_prompt(self._cut + line[: logged.start()])
            if not self.behind_echo and self._is_the_echo(self._cut):
                self._cut = ""
            return False
        text = self._without_prompt(self._cut + line)
        self._cut = ""
        if not text.strip():
            return False
        if not self.behind_echo:
            # The cut piece may have been garbage that the echo has nothing to do with.
            if not (self._is_the_echo(text) or self._is_the_echo(line)):
                self.leftovers.append(text)
            return False
        self.reply.append(text)
        self.ended = self._dialect.end_of_reply.fullmatch(text) is not None
        return self.ended

    @property
    def echoless_end(self) -> str | None:
        """The end line of a whole reply that came without an echo in front of it."""
        ends = [text for text in self.leftovers if self._dialect.end_of_reply.fullmatch(text)]
        return None if self.behind_echo or not ends else ends[-1]

    def _is_the_echo(self, text: str) -> bool:
        typed = text.rpartition(self._dialect.prompt)[2]
        self.garbled = typed in (self._command[1:], self._command[0] + self._command)
        self.behind_echo = self.garbled or typed == self._command
        return self.behind_echo

    def _without_prompt(self, text: str) -> str:
        prompt = self._dialect.prompt
        while text.startswith(prompt):
            text = text.removeprefix(prompt)
        return "" if text == prompt.rstrip() else text
