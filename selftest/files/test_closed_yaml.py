"""Closed YAML files, apart from what rig files already show."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from hil.errors import RigFileError
from hil.files.closed_yaml import Closed, read_closed
from hil.files.yaml_document import read_yaml


class Lamp(Closed):
    """A part that is told from the other by its kind."""

    kind: Literal["lamp"]
    brightness: int


class Fan(Closed):
    """The other."""

    kind: Literal["fan"]
    rotations: int


class Shelf(Closed):
    """A file with all that pydantic puts its own names between keys for."""

    parts: tuple[Annotated[Lamp | Fan, Field(discriminator="kind")], ...] = Field(strict=False)
    spare: Lamp | None = None
    by_place: dict[str, Fan] = Field(default_factory=dict)


def read(tmp_path: Path, text: str) -> Shelf:
    file = tmp_path / "shelf.yaml"
    file.write_text(text, encoding="utf-8")
    return read_closed(file, Shelf, kind="shelf file")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "parts:\n- kind: lamp\n  brightnes: 3\n",
            ":3: parts[0]: unknown key 'brightnes'; did you mean 'brightness'?",
        ),
        (
            "parts:\n- {kind: lamp, brightness: 3}\n- kind: fan\n  brightness: 3\n",
            ":4: parts[1]: unknown key 'brightness'; there are: kind, rotations",
        ),
        (
            "parts: []\nspare:\n  kind: lamp\n  brightness: high\n",
            ":4: spare.brightness: a whole number is wanted, not 'high'",
        ),
        (
            "parts: []\nby_place:\n  left: {kind: fan, rotation: 3}\n",
            ":3: by_place.left: unknown key 'rotation'; did you mean 'rotations'?",
        ),
        ("parts:\n- kind: fan\n", ":2: parts[0]: the key 'rotations' is missing"),
        ("parts: 3\n", ":1: parts: a list is wanted, not the number 3"),
        ("parts: []\n12: 3\n", ":2: a key must be text, not the number 12; put it in quotes"),
    ],
)
def test_the_message_has_the_keys_of_the_file_and_no_names_of_the_schema(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(RigFileError) as caught:
        read(tmp_path, text)

    assert str(caught.value) == f"{tmp_path}/shelf.yaml{told}"


def test_a_misspelled_key_is_told_before_the_one_that_it_makes_missing(tmp_path: Path) -> None:
    with pytest.raises(RigFileError, match="unknown key 'kid'; did you mean 'kind'"):
        read(tmp_path, "parts: []\nspare: {kid: lamp, brightness: 3}\n")


def test_what_an_anchor_brings_in_may_be_overridden(tmp_path: Path) -> None:
    shelf = read(
        tmp_path,
        "parts:\n- &first {kind: lamp, brightness: 3}\n- {<<: *first, brightness: 5}\n",
    )

    assert shelf.parts[1] == Lamp(kind="lamp", brightness=5)


def test_the_line_is_that_of_the_override_and_not_of_the_anchor(tmp_path: Path) -> None:
    with pytest.raises(RigFileError) as caught:
        read(
            tmp_path,
            "parts:\n- &first\n  kind: lamp\n  brightness: 3\n- <<: *first\n  brightness: high\n",
        )

    assert str(caught.value) == (
        f"{tmp_path}/shelf.yaml:6: parts[1].brightness: a whole number is wanted, not 'high'"
    )


def test_a_document_that_contains_itself_is_refused_and_not_followed_for_ever(
    tmp_path: Path,
) -> None:
    with pytest.raises(RigFileError, match=r"shelf.yaml:1: parts\[0\]: a mapping"):
        read(tmp_path, "parts: &all [*all]\n")


def test_a_key_may_stand_in_two_mappings(tmp_path: Path) -> None:
    shelf = read(
        tmp_path,
        "parts: []\nby_place: {a: {kind: fan, rotations: 1}, b: {kind: fan, rotations: 1}}\n",
    )

    assert shelf.by_place["a"] == shelf.by_place["b"]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    file = tmp_path / "lines.yaml"
    file.write_text("# comment\na:\n  b: [1,\n      2]\nc: 3\n", encoding="utf-8")

    document = read_yaml(file, kind="file")

    assert document.line_of(("a", "b")) == 3
    assert document.line_of(("a", "b", 1)) == 4
    assert document.line_of(("c",)) == 5
    assert document.line_of(("a", "missing")) == 2
