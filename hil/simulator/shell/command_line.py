"""A line for the simulated shell, taken apart: commands one after the other, quotes, `2>/dev/null`.

Pipes, variables and loops are not known here, and refused.
"""

import shlex
from dataclasses import dataclass, field

AFTER = (";", "&&", "||")
"""What may stand between two commands."""
_BY_WORDS = ("2>&1", ">/dev/null", "2>/dev/null", "1>/dev/null")
_EXPANDS = ("`", "$(", "${")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `after` is what stands before it, `;` for the first."""

    words: tuple[str, ...]
    after: str = ";"
    quiet: frozenset[int] = field(default=frozenset())
    """Which outputs (1, 2) go nowhere."""
    joins: bool = False
    """`2>&1`."""


def parsed(line: str) -> list[Command]:
    """The commands of a line.

    Raises:
        ValueError: a quote is not closed, or something is used that this shell does not know.
    """
    for each in _EXPANDS:
        if each in line and each not in _quoted(line):
            raise ValueError(f"{each} is not known to the simulated shell")
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    commands: list[Command] = []
    words: list[str] = []
    after = ";"
    for token in [*lexer, None]:
        if token is not None and token not in AFTER:
            words.append(token)
            continue
        if words:
            commands.append(_command(words, after))
        elif token is not None:
            raise ValueError(f"syntax error: unexpected {token}")
        words, after = [], token or ";"
    return commands


def _command(tokens: list[str], after: str) -> Command:
    """Words and redirections told apart. The lexer gives `2>&1` as `2`, `>&`, `1`."""
    words: list[str] = []
    quiet: set[int] = set()
    joins = False
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        if token not in (">", ">&", ">>"):
            if set(token) <= set("&|<>") and token:
                raise ValueError(f"{token} is not known to the simulated shell")
            words.append(token)
            continue
        number = int(words.pop()) if words and words[-1] in ("1", "2") else 1
        target = rest.pop(0) if rest else ""
        if (token, number, target) == (">&", 2, "1"):
            joins = True
        elif token == ">" and target == "/dev/null":
            quiet.add(number)
        else:
            raise ValueError(f"{number}{token}{target} is not known to the simulated shell")
    return Command(tuple(words), after, frozenset(quiet), joins)


def _quoted(line: str) -> str:
    """What stands between single quotes, where a shell looks at nothing."""
    return "".join(line.split("'")[1::2])
