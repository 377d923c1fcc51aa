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
from typing import Annotated, TypeGuard
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
    """One refuses the whole view, refuses it otherwise, or was not asked for it."""


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
    captured: tuple[object, ...] = ()
    """What was captured, as it is written there; none: whatever it was."""
    within: float | None = None
    """Numbers that are no further apart, in their own unit; None: however far."""
    percent: float = 0.0
    """Or no further apart than this of what was captured."""
    because: Because
    why: str

    def explains(self, different: "Different") -> bool:
        """Whether it is about this difference."""
        return (
            different.how in self.how
            and (not self.views or is_one_of(self.views, different.view))
            and is_one_of(self.places, different.general)
            and (not self.captured or different.captured in self.captured)
            and (self.within is None or self._is_near(different.captured, different.simulated))
        )

    def _is_near(self, captured: object, simulated: object) -> bool:
        if not (_is_number(captured) and _is_number(simulated)):
            return False
        apart = max(self.within or 0.0, self.percent / 100 * abs(captured))
        return abs(captured - simulated) <= apart


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
        return next((each for each in explanations() if each.explains(self)), None)


@dataclass(frozen=True, slots=True)
class Compared:
    """A view, and where it differs."""

    view: str
    equal: int
    """Places that are the same."""
    differences: tuple[Different, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A view that says nothing as JSON."""

    kind: str
    """Its status; of a 200 that is no JSON, what it is instead."""

    def __str__(self) -> str:
        return self.kind


Views = Mapping[str, object]
"""By path, what a view says as JSON, or how it is refused."""


def views_of(folder: Path) -> dict[str, object]:
    """The views of a capture."""
    return {
        body.path: said_by(body.path, body.status, body.text)
        for body in read_capture(folder, KNOWN)
        if body.path is not None
    }


def said_by(path: str, status: int | None, text: str) -> object:
    """A body as JSON, or the refusal that it is; `status` is None where nobody wrote it down."""
    if status not in (200, None):
        return Refusal(str(status))
    if path == INFO_PATH:
        info = info_as_json(text)
        return Refusal("no page of a gateway") if info is None else info
    try:
        said = json.loads(text)
    except ValueError:
        is_page = text.lstrip().startswith("<")
        return Refusal("a page" if is_page else "no JSON" if text.strip() else "nothing")
    if isinstance(said, dict) and said.keys() & {"err", "error"}:
        named = re.match(r"[45]\d\d\b", str(said.get("err", said.get("error"))))
        return Refusal(named[0] if named else "an error")
    return said


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
    """Each view that was captured; one that both refuse alike has one place, its status."""
    asked_for = Refusal("not asked for")
    return [
        _compared(view, said, simulated.get(view, asked_for)) for view, said in captured.items()
    ]


def _compared(view: str, captured: object, simulated: object) -> Compared:
    if isinstance(captured, Refusal) or isinstance(simulated, Refusal):
        if captured == simulated:
            return Compared(view, 1, ())
        words = [
            str(each) if isinstance(each, Refusal) else "200" for each in (captured, simulated)
        ]
        return Compared(view, 0, (Different(view, "$", "$", How.VIEW, *words),))
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


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_one_of(patterns: Sequence[str], text: str) -> bool:
    """Whether one of the patterns of `Explanation.places` is about all of `text`."""
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
