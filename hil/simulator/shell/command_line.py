"""A line for the simulated shell, taken apart: commands one after the other, groups, quotes, `$?`,
and where they read from and write to.

Pipes, variables and loops are not known here, and refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

AFTER = (";", "&&", "||")
"""What may stand between two commands."""

STATUS = "\ue000"
"""Stands in a word where `$?` has to be."""

_OPERATOR = re.compile(r"&&|\|\||>>|>&|[;&|<>()]")
_EXPANDS = ("`", "$(", "${")


@dataclass(frozen=True, slots=True)
class Into:
    """Where an output goes: a file, emptied first or not."""

    path: str
    appends: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or several in parentheses. `after` is what stands before it, `;` for the first."""

    words: tuple[str, ...]
    after: str = ";"
    group: "tuple[Command, ...] | None" = None
    reads: str | None = None
    out: Into | None = None
    err: Into | None = None
    joins: bool = False
    """`2>&1`."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_operator: bool = False
    stands_alone: bool = True
    """Whether a blank stands behind it: `2 >` is another thing than `2>`."""


def parsed(line: str) -> list[Command]:
    """The commands of a line.

    Raises:
        ValueError: a quote is not closed, or something is used that this shell does not know.
    """
    tokens = list(_tokens(line))
    commands = _commands(tokens, ends_at=None)
    if tokens:
        raise ValueError(f"syntax error: unexpected {tokens[0].text}")
    return commands


def _commands(tokens: list[_Token], *, ends_at: str | None) -> list[Command]:
    """Those up to `ends_at`; takes them away from `tokens`."""
    commands: list[Command] = []
    after = ";"
    while tokens and not (tokens[0].is_operator and tokens[0].text == ends_at):
        if tokens[0].is_operator and tokens[0].text in (*AFTER, ")"):
            raise ValueError(f"syntax error: unexpected {tokens[0].text}")
        commands.append(_command(tokens, after))
        if not tokens or tokens[0].text == ends_at:
            break
        after = tokens.pop(0).text
        if after not in AFTER:
            raise ValueError(f"{after} is not known to the simulated shell")
    return commands


def _command(tokens: list[_Token], after: str) -> Command:
    group = None
    words: list[str] = []
    files: dict[int, Into] = {}
    reads, joins = None, False
    if tokens[0].is_operator and tokens[0].text == "(":
        tokens.pop(0)
        group = tuple(_commands(tokens, ends_at=")"))
        if not tokens:
            raise ValueError("syntax error: unexpected end of line, ) is missing")
        tokens.pop(0)
    while tokens:
        token = tokens[0]
        if token.is_operator and token.text not in (">", ">>", ">&", "<"):
            break
        tokens.pop(0)
        if not token.is_operator:
            followed = tokens and tokens[0].is_operator and tokens[0].text in (">", ">>", ">&")
            if not (token.text in ("1", "2") and followed and not token.stands_alone):
                words.append(token.text)
                continue
            number, token = int(token.text), tokens.pop(0)
        else:
            number = 1
        target = tokens.pop(0).text if tokens and not tokens[0].is_operator else ""
        if not target:
            raise ValueError(f"syntax error: no file behind {token.text}")
        if token.text == "<":
            reads = target
        elif token.text == ">&":
            if (number, target) != (2, "1"):
                raise ValueError(f"{number}>&{target} is not known to the simulated shell")
            joins = True
        else:
            files[number] = Into(target, appends=token.text == ">>")
    return Command(tuple(words), after, group, reads, files.get(1), files.get(2), joins)


def _tokens(line: str) -> Iterator[_Token]:
    at = 0
    while at < len(line):
        if line[at] in " \t\n":
            at += 1
            continue
        if found := _OPERATOR.match(line, at):
            yield _Token(found[0], is_operator=True)
            at = found.end()
            continue
        word, at = _word(line, at)
        yield _Token(word, stands_alone=at < len(line) and line[at] in " \t\n")


def _word(line: str, at: int) -> tuple[str, int]:
    """The word that begins at `at`, without its quotes, and where it ends."""
    word, quote = "", ""
    while at < len(line) and (quote or not (line[at] in " \t\n" or _OPERATOR.match(line, at))):
        character = line[at]
        if quote != "'":
            for each in _EXPANDS:
                if line.startswith(each, at):
                    raise ValueError(f"{each} is not known to the simulated shell")
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == "\\" and quote != "'" and at + 1 < len(line):
            at += 1
            kept = "\\" if quote and line[at] not in '"\\$`' else ""
            word += kept + line[at]
        elif quote != "'" and line.startswith("$?", at):
            word, at = word + STATUS, at + 1
        else:
            word += character
        at += 1
    if quote:
        raise ValueError("No closing quotation")
    return word, at
