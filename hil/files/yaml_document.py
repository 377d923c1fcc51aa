"""A YAML file as it was read, with the line of every key.

Stricter than YAML where YAML loses things silently: a key that stands twice is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import yaml

from hil.errors import RigFileError

_Quick = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml, where it is built in: 14 times as fast on docs/promises.yaml."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One file: what it says, and where it says it."""

    path: Path
    content: object
    _root: yaml.Node | None = field(repr=False)

    def line_of(self, key: Sequence[str | int]) -> int:
        """The line, from 1, on which `key` stands, or as much of it as there is."""
        node, line = self._root, 1
        for part in key:
            step = _child(node, part)
            if step is None:
                break
            node, line = step
        return line


def read_yaml(path: Path, *, kind: str) -> YamlDocument:
    """Read a file that holds one YAML document. `kind` is what it is called in messages.

    Raises:
        RigFileError: it is not there (says which are), cannot be read, is no YAML, or a key
            stands twice; names the line. Never quotes the file: it may hold a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RigFileError(_not_there(path, kind)) from error
    except UnicodeDecodeError as error:
        raise RigFileError(f"{path}: no text in UTF-8: byte {error.start} does not fit") from error
    except OSError as error:
        raise RigFileError(f"cannot read {kind} {path}: {error.strerror}") from error
    try:
        loader, root = _nodes(text)
        _refuse_repeated_keys(path, root)
        content: object = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise RigFileError(f"{path}{line}: no YAML: {_problem(error)}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date with a 13th month
        raise RigFileError(f"{path}: no YAML: {str(error).splitlines()[0]}") from error
    return YamlDocument(path, content, root)


def own_yaml(text: str) -> object:
    """What a file of ours says, that cannot be wrong."""
    content: object = yaml.load(text, Loader=_Quick)
    return content


def _nodes(text: str) -> tuple[yaml.CSafeLoader | yaml.SafeLoader, yaml.Node | None]:
    loader: yaml.CSafeLoader | yaml.SafeLoader = _Quick(text)
    try:
        return loader, loader.get_single_node()
    except yaml.YAMLError:
        # Once more by PyYAML itself, which says better what is wrong. From a stream, since it quotes
        # the line at fault of a text it was given whole.
        loader = yaml.SafeLoader(StringIO(text))
        return loader, loader.get_single_node()


def _not_there(path: Path, kind: str) -> str:
    if not path.parent.is_dir():
        return f"no {kind} {path}: there is no folder {path.parent}"
    there = sorted(file.stem for file in path.parent.glob("*.yaml"))
    return f"no {kind} {path}; there are: {', '.join(there) or 'none'}"


def _problem(error: yaml.MarkedYAMLError) -> str:
    if "'\\t'" in (error.problem or ""):
        return "a tab stands where only blanks may; indent with blanks"
    return ", ".join(text for text in (error.context, error.problem) if text)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """What `part` leads to from `node`, and the line on which it begins."""
    if isinstance(node, yaml.MappingNode):
        # The last one wins: what a merge (`<<`) brought in stands in front.
        for key, value in reversed(node.value):
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        return child, child.start_mark.line + 1
    return None


def _refuse_repeated_keys(path: Path, root: yaml.Node | None) -> None:
    for mapping in _mappings(root):
        lines: dict[tuple[str, str], int] = {}
        for key, _ in mapping.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            line, name = key.start_mark.line + 1, (key.tag, key.value)
            if name in lines:
                raise RigFileError(
                    f"{path}:{line}: the key {key.value!r} stands twice, "
                    f"first in line {lines[name]}; only one of them would count"
                )
            lines[name] = line


def _mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Every mapping, each once: aliases make one node stand in several places."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
