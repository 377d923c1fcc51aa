"""Two captures view by view: a real site, and the simulator that was started from it.

Values are compared by their place; devices, contacts and meters are found again by their own name,
in whatever order they stand. What differs is explained by `explained.yaml`, or is not explained.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import yaml
from pydantic import BaseModel, ConfigDict, Field

from hil.envoy.conversation import INFO_PATH
from hil.envoy.shape import Key, Steps, json_path
from hil.envoy.views import KNOWN
from hil.files.capture_folder import read_capture

_NAMES = ("serial_num", "serialNumber", "id", "eid", "type", "name")
"""Keys that tell the objects of a list apart."""


class How(StrEnum):
    """How a place differs."""

    VALUE = "value"
    LACKING = "lacking"
    """Captured, and not in the other."""
    EXTRA = "extra"
    """In the other only."""
    VIEW = "view"
    """The whole view is refused, or was not asked for."""


class Because(StrEnum):
    """Why that is as it has to be."""

    LIVE = "live"
    """It moves by itself: time, power, counters."""
    MADE_UP = "made up"
    """No capture tells it, or nothing depends on it, so the simulator says something of its own."""
    NOT_MODELLED = "not modelled"
    """The simulator does not have that yet."""


class Explanation(BaseModel):
    """An entry of explained.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    views: tuple[str, ...] = ()
    """Paths of requests, written as `places` are; none: every view."""
    places: Annotated[tuple[str, ...], Field(min_length=1)] = ("**",)
    """JSON paths; `**` is anything, `{a,b}` one of them."""
    how: tuple[How, ...] = tuple(How)
    because: Because
    why: str

    def explains(self, view: str, place: str, how: How) -> bool:
        """Whether it is about this difference."""
        return (
            how in self.how
            and (not self.views or _is_one_of(self.views, view))
            and _is_one_of(self.places, place)
        )


@dataclass(frozen=True, slots=True)
class Different:
    """One place of a view."""

    view: str
    place: str
    general: str
    """The place on any device of the same kind."""
    how: How
    captured: object
    simulated: object

    @property
    def explanation(self) -> Explanation | None:
        """The first entry of explained.yaml that is about it."""
        found = (
            each for each in explanations() if each.explains(self.view, self.general, self.how)
        )
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Compared:
    """A view, and where it differs."""

    view: str
    equal: int
    """Places that are the same."""
    differences: tuple[Different, ...]


Views = Mapping[str, object]
"""By path, what a view says as JSON; None where it is refused or says nothing."""


def views_of(folder: Path) -> dict[str, object]:
    """The views of a capture that are JSON."""
    found: dict[str, object] = {}
    for body in read_capture(folder, KNOWN):
        if body.path is None:
            continue
        if body.path == INFO_PATH:
            found[INFO_PATH] = info_as_json(body.text)
            continue
        try:
            said = json.loads(body.text)
        except ValueError:
            said = None
        refused = body.status not in (200, None) or (
            isinstance(said, dict) and bool(said.keys() & {"err", "error"})
        )
        found[body.path] = None if refused else said
    return found


def info_as_json(text: str) -> dict[str, object] | None:
    """`/info` as if it were JSON, packages by their name; None where it is no XML."""
    try:
        root = ElementTree.fromstring(text.strip().encode())
    except ElementTree.ParseError:
        return None
    return {
        child.get("name") or child.tag: {each.tag: each.text for each in child} or child.text
        for child in root
    }


def compare(captured: Views, simulated: Views) -> list[Compared]:
    """Each view that the capture has something of."""
    return [
        _compared(view, said, simulated.get(view))
        for view, said in captured.items()
        if said is not None
    ]


def _compared(view: str, captured: object, simulated: object) -> Compared:
    if simulated is None and captured is not None:
        return Compared(view, 0, (Different(view, "$", "$", How.VIEW, None, None),))
    left, right = dict(_leaves(captured, ())), dict(_leaves(simulated, ()))
    kinds = _kinds(captured) | _kinds(simulated)
    differences: list[Different] = []
    for steps in dict.fromkeys([*left, *right]):
        how = How.LACKING if steps not in right else How.EXTRA if steps not in left else How.VALUE
        if how is How.VALUE and _is_same(left[steps], right[steps]):
            continue
        place, general = json_path(steps), _general(steps, kinds)
        values = left.get(steps), right.get(steps)
        differences.append(Different(view, place, general, how, *values))
    equal = sum(steps in right and _is_same(value, right[steps]) for steps, value in left.items())
    return Compared(view, equal, tuple(differences))


def _is_same(one: object, other: object) -> bool:
    """3000 is 3000.0, and True is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _general(steps: Steps, kinds: Mapping[str, str]) -> str:
    """The place with what a device is instead of who it is: `$.COLLAR.devices[*].part_num`."""
    named: list[str | int | Key] = []
    for step in steps:
        if isinstance(step, Key) and step.name in kinds:
            named.append(kinds[step.name])
        elif isinstance(step, Key) and not step.name.isdigit():
            named.append(step.name)
        else:
            named.append(step)
    return json_path(tuple(named), general=True)


def _kinds(said: object) -> dict[str, str]:
    """`type 13` by the serial number of a device, wherever devices are told by it."""
    found: dict[str, str] = {}
    inner = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    for each in inner:
        found |= _kinds(each)
    # Last: some devices have a board of their own number.
    for name, value in said.items() if isinstance(said, dict) else ():
        if isinstance(value, dict) and "device_type" in value:
            found[name] = f"type {value['device_type']}"
    return found


def _leaves(said: object, steps: Steps) -> Iterator[tuple[Steps, object]]:
    """Everything that is no object or list, an empty one included, by its place."""
    if isinstance(said, dict) and said:
        for key, value in said.items():
            step = Key(key) if re.fullmatch(r"\d{9,}", key) else key
            yield from _leaves(value, (*steps, step))
    elif isinstance(said, list) and said:
        for step, value in zip(_steps_of(said), said, strict=True):
            yield from _leaves(value, (*steps, step))
    else:
        yield steps, said


def _steps_of(items: Sequence[object]) -> list[Key | int]:
    """What tells the items of a list apart: a name of their own, or else their place."""
    for key in _NAMES:
        names = [each.get(key) for each in items if isinstance(each, dict)]
        if len(names) == len(items) and None not in names and len({*map(str, names)}) == len(names):
            return [Key(str(name)) for name in names]
    return list(range(len(items)))


def _is_one_of(patterns: Sequence[str], text: str) -> bool:
    return any(_expression(each).fullmatch(text) for each in patterns)


@cache
def _expression(place: str) -> re.Pattern[str]:
    """What `Explanation.places` mean."""
    text = re.escape(place).replace(re.escape("**"), ".*")
    return re.compile(
        re.sub(r"\\\{(.*?)\\\}", lambda found: f"({found[1].replace(',', '|')})", text)
    )


@cache
def explanations() -> tuple[Explanation, ...]:
    """Every entry of explained.yaml, the first that fits is the one."""
    text = files("hil.capture").joinpath("explained.yaml").read_text("utf-8")
    return tuple(Explanation.model_validate(each) for each in yaml.safe_load(text))
