"""What a body of the gateway has, lacks and says besides, held against its description.

The bodies of the gateway are described, not policed: a key that nobody here knows is news (drift).
Places are JSON paths: `$.devices[0].phase`, and `$.devices[*].phase` where every device is meant.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, NamedTuple, Union, cast, get_args, get_origin

from pydantic import BaseModel, Discriminator, RootModel, Tag, ValidationError
from pydantic.fields import FieldInfo

from hil.envoy.document import Document, Since, Until
from hil.vocabulary.identity import Firmware


class Kind(StrEnum):
    """How a body differs from its description."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    CHANGED = "changed"


class Difference(NamedTuple):
    """One place where it does; no value of the body stands in it, since it may be a secret."""

    kind: Kind
    path: str
    why: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.MISSING:
            return f"{self.path} missing ({self.why})"
        if self.kind is Kind.CHANGED and self.path != "$":
            return f"{self.path}: {self.why}"
        return self.why if self.kind is Kind.CHANGED else f"{self.path}{self.why}"


class Key(NamedTuple):
    """A step into a mapping whose keys are names, as of devices by their serial number."""

    name: str


Steps = tuple[str | int | Key, ...]
"""From the outermost value to the one that is meant."""


class Part(NamedTuple):
    """An object of a body that is described here."""

    steps: Steps
    model: type[Document]
    said: Mapping[str, object]


class Described(NamedTuple):
    """What is known of a key; the same for every body, and looked up for each."""

    kind: object
    """Its annotation, as it was written."""
    words: frozenset[object] | None
    """Its vocabulary; None: it takes any word."""
    bounds: tuple[Since | Until, ...]


def drift(model: type[BaseModel], said: object) -> list[Difference]:
    """What is not known here: keys, and words outside of their vocabulary."""
    found: dict[Difference, None] = {}
    for part in _parts(model, said, ()):
        known = _described(part.model)
        if part.model.described:
            for key in [key for key in part.said if key not in known]:
                path = json_path((*part.steps, key), general=True)
                found[Difference(Kind.UNKNOWN, path)] = None
        for key, field in known.items():
            word = part.said.get(key)
            if field.words is not None and isinstance(word, str) and word not in field.words:
                path = json_path((*part.steps, key), general=True)
                found[Difference(Kind.UNKNOWN, path, f" = {word!r}")] = None
    return list(found)


def missing(model: type[BaseModel], said: object, firmware: Firmware) -> list[Difference]:
    """What `firmware` had to say and did not, null included."""
    return [
        Difference(Kind.MISSING, json_path((*part.steps, key)), str(bound))
        for part in _parts(model, said, ())
        for key, field in _described(part.model).items()
        for bound in field.bounds
        if part.said.get(key) is None and bound.requires(firmware)
    ]


def absent(model: type[BaseModel], said: object) -> list[Difference]:
    """What every firmware says, as far as is known, and is not there."""
    return [
        Difference(
            Kind.MISSING, json_path((*part.steps, field.alias or name)), "on every firmware known"
        )
        for part in _parts(model, said, ())
        for name, field in part.model.model_fields.items()
        if field.is_required() and (field.alias or name) not in part.said
    ]


def wrong(error: ValidationError, said: object) -> list[Difference]:
    """What is there and not as described, and, as pydantic says it, what is not there."""
    found = [
        Difference(
            Kind.CHANGED,
            json_path(_steps_to(each["loc"], said)),
            each["msg"].removeprefix("Value error, "),
        )
        for each in error.errors()
    ]
    return list(dict.fromkeys(found))


def differences(
    model: type[BaseModel], said: object, text: str, firmware: Firmware | None
) -> list[Difference]:
    """All of it, however much is wrong; without what only depends on a firmware if that is None."""
    lacking = absent(model, said)
    try:
        model.model_validate_json(text, context={"text": text})
        changed = []
    except ValidationError as error:
        told = {each.path for each in lacking}
        changed = [each for each in wrong(error, said) if each.path not in told]
    by_firmware = [] if firmware is None else missing(model, said, firmware)
    return [*lacking, *by_firmware, *changed, *drift(model, said)]


def json_path(steps: Steps, *, general: bool = False) -> str:
    """The place as JSONPath writes it; `general`: of all items of a list, all names of a mapping."""
    path = "$"
    for step in steps:
        if isinstance(step, str):
            path += f".{step}" if _PLAIN.fullmatch(step) else f"[{step!r}]"
        elif general:
            path += "[*]"
        else:
            path += f"[{step}]" if isinstance(step, int) else f"[{step.name!r}]"
    return path


_PLAIN = re.compile(r"[A-Za-z_]\w*")

_NESTING = (dict, list)


def _parts(kind: object, said: object, steps: Steps) -> Iterator[Part]:
    """Every object in `said` that `kind` describes, the outermost first, as far as they agree."""
    if not isinstance(said, _NESTING):
        return
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _parts(_chosen(arguments, said), said, steps)
    elif origin in (Union, UnionType):
        for member in arguments:
            yield from _parts(member, said, steps)
    elif origin in (tuple, list) and isinstance(said, list):
        for index, item in enumerate(said):
            if isinstance(item, _NESTING):
                yield from _parts(arguments[0], item, (*steps, index))
    elif origin is dict and isinstance(said, dict):
        for name, item in said.items():
            yield from _parts(arguments[1], item, (*steps, Key(name)))
    elif isinstance(kind, type) and issubclass(kind, RootModel):
        yield from _parts(_annotation(kind.model_fields["root"]), said, steps)
    elif isinstance(kind, type) and issubclass(kind, Document) and isinstance(said, dict):
        yield Part(steps, kind, said)
        for key, field in _described(kind).items():
            if isinstance(inner := said.get(key), _NESTING):
                yield from _parts(field.kind, inner, (*steps, key))


def _annotation(field: FieldInfo) -> object:
    """As it was written: pydantic takes what stands outermost apart."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _chosen(arguments: tuple[object, ...], said: object) -> object:
    """What an annotation is about; of alternatives, the one that `said` is meant to be."""
    kind, *metadata = arguments
    for each in metadata:
        if isinstance(each, Discriminator):
            tag = cast(Callable[[object], object], each.discriminator)(said)
            return next(one for one in get_args(kind) if Tag(str(tag)) in get_args(one)[1:])
    return kind


@cache
def _described(model: type[Document]) -> Mapping[str, Described]:
    """By key, as the gateway writes it."""
    model.model_rebuild()  # until then an annotation may be only a name
    found = {}
    for name, field in model.model_fields.items():
        vocabularies = list(_vocabularies(field.annotation))
        words = frozenset(each.value for kind in vocabularies for each in kind)
        bounds = tuple(each for each in field.metadata if isinstance(each, Since | Until))
        found[field.alias or name] = Described(
            _annotation(field), words if vocabularies else None, bounds
        )
    return found


def _vocabularies(annotation: object) -> Iterator[type[Enum]]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield annotation
    for part in get_args(annotation):
        yield from _vocabularies(part)


def _steps_to(location: tuple[int | str, ...], said: object) -> Steps:
    """Without the names of alternatives that pydantic has tried, which the body does not have."""
    steps: list[str | int | Key] = []
    at: object = said
    for number, step in enumerate(location):
        if isinstance(at, dict) and isinstance(step, str):
            if step in at:
                at = at[step]
            elif number < len(location) - 1:
                continue
        elif isinstance(at, list) and isinstance(step, int) and step < len(at):
            at = at[step]
        else:
            continue
        steps.append(step)
    return tuple(steps)
