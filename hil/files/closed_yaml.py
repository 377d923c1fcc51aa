"""Files that people write by hand: a closed schema, and one message that helps.

    rigs/bench-07.yaml:14: encharges[0].console: unknown key 'prot'; did you mean 'port'?

Everything that is wrong in a file is found at once, but told one at a time: a misspelled key
first, since it also makes another one missing.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from hil.errors import RigFileError
from hil.files.yaml_document import YamlDocument, read_yaml

Key = tuple[str | int, ...]

LONGEST_QUOTE = 24
"""Characters. What is longer is not repeated in a message: it may be a key or a token."""


class Closed(BaseModel):
    """A part of a file that people write: frozen, strict, and an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # the input may be a secret in the wrong place
        defer_build=True,  # no process of a rig uses them all
    )


ClosedT = TypeVar("ClosedT", bound=Closed)


class Misfit(ValueError):
    """For a validator that sees several keys: what is wrong, and at which of them."""

    def __init__(self, reason: str, *, at: Key) -> None:
        super().__init__(reason)
        self.at = at


def read_closed(path: Path, model: type[ClosedT], *, kind: str) -> ClosedT:
    """Read a YAML file into `model`. `kind` is what the file is called in messages.

    Raises:
        RigFileError: it is not there, no YAML, or breaks the schema; names line and key.
    """
    return checked(read_yaml(path, kind=kind), model)


def checked(document: YamlDocument, model: type[ClosedT]) -> ClosedT:
    """`document` as a `model`; its validators find the file's path in `info.context["path"]`.

    Raises:
        RigFileError: it breaks the schema; names line and key.
    """
    try:
        return model.model_validate(document.content, context={"path": document.path})
    except ValidationError as error:
        raise RigFileError(_message(document, model, error.errors(include_url=False))) from error


def exactly_one(part: Closed) -> None:
    """Refuse a part of a file in which not exactly one of its keys is given.

    Raises:
        ValueError: for a validator to pass on.
    """
    given = sorted(part.model_fields_set)
    if len(given) != 1:
        names = " or ".join(type(part).model_fields)
        raise ValueError(f"write {names}, {'only one of them' if given else 'nothing is here'}")
    if getattr(part, given[0]) is None:
        raise Misfit("has no value", at=(given[0],))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` or, where nothing is close, `there are: x, y`."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"


def _message(document: YamlDocument, model: type[Closed], errors: Sequence[ErrorDetails]) -> str:
    error = min(errors, key=lambda each: each["type"] not in ("extra_forbidden", "invalid_key"))
    if error["loc"][-1:] == ("[key]",):  # how pydantic points to a key of an open mapping
        error = {**error, "type": "invalid_key", "loc": error["loc"][:-1]}
    loc, reason, at = error["loc"], _reason(error), _at(error)
    place = (*_key_in(document.content, loc), *at)
    line = f":{document.line_of(place)}" if place else ""
    if error["type"] in ("missing", "extra_forbidden", "invalid_key"):
        loc = loc[:-1]
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        reason = f"unknown key {name!r}; {did_you_mean(name, _keys_at(model, loc))}"
    key = spelled((*_key_in(document.content, loc), *at))
    return ": ".join(text for text in (f"{document.path}{line}", key, reason) if text)


def told(error: ErrorDetails) -> str:
    """Where and why, of what was in no file: `gateway.firmware: …`."""
    key = spelled((*error["loc"], *_at(error)))
    return ": ".join(text for text in (key, _reason(error)) if text)


def _at(error: ErrorDetails) -> Key:
    cause = error.get("ctx", {}).get("error")
    return cause.at if isinstance(cause, Misfit) else ()


def spelled(key: Key) -> str:
    """A key's path as messages have it: `encharges[0].console.port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")


def _key_in(content: Any, loc: Key) -> Key:
    """`loc` without what is no key of the file: the names pydantic gives a union's members."""
    key: list[str | int] = []
    for part in loc:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            continue
        key.append(part)
    return tuple(key)


def _keys_at(model: type[BaseModel], loc: Key) -> list[str]:
    """The keys that the schema knows at `loc`, of every member where it is a union."""
    here: list[type[BaseModel]] = [model]
    for part in loc:
        named = [each for each in here if _is_called(each, part)]
        fields = [each.model_fields[part] for each in here if part in each.model_fields]
        if named:
            here = named
        elif fields:
            here = [each for field in fields for each in _models_in(field.annotation)]
    return list(dict.fromkeys(name for each in here for name in each.model_fields))


def _is_called(model: type[BaseModel], name: str | int) -> bool:
    """Whether pydantic points to this member of a union by `name`: its class's or its kind's."""
    kinds = [get_args(field.annotation) for field in model.model_fields.values()]
    return model.__name__ == name or (isinstance(name, str) and any(name in kind for kind in kinds))


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for part in get_args(annotation) for each in _models_in(part)]


def _reason(error: ErrorDetails) -> str:
    """What is wrong with a value, in words."""
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"the key {error['loc'][-1]!r} is missing"
        case "invalid_key":
            return f"a key must be text, not {_shown(value)}; put it in quotes"
        case "value_error":
            return str(context["error"])
        case "literal_error" | "enum":
            words = re.findall(r"'([^']*)'", context["expected"])
            if words:
                return f"{_shown(value)} is not known; {did_you_mean(str(value), words)}"
            advice = "; a number stands without quotes" if isinstance(value, str) else ""
            return f"{_shown(value)} is not {context['expected']}{advice}"
        case "string_type":
            wanted = "text is wanted"
        case "int_type" | "int_from_float":
            wanted = "a whole number is wanted"
        case "float_type" | "finite_number":
            wanted = "a number is wanted"
        case "bool_type":
            wanted = "true or false is wanted"
        case "tuple_type" | "list_type" | "frozen_set_type":
            wanted = "a list is wanted"
        case "model_type" | "model_attributes_type" | "dict_type":
            wanted = "a mapping (key: value) is wanted"
        case "too_short":
            return f"needs at least {context['min_length']} entry, has {context['actual_length']}"
        case _:
            return f"{error['msg'].replace('Input should', 'should')}, not {_shown(value)}"
    is_unquoted = error["type"] == "string_type" and not isinstance(value, dict | list | None)
    return f"{wanted}, not {_shown(value)}{'; put it in quotes' if is_unquoted else ''}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return f"the word {'true' if value else 'false'} (yes, no, on and off are the same)"
        case int() | float():
            return f"the number {value}"
        case str() if len(value) <= LONGEST_QUOTE:
            return repr(value)
        case str():
            return f"a text of {len(value)} characters"
        case _:
            return f"a {type(value).__name__}"
