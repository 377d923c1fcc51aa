"""What is answered when there is no rig file, or something that is none."""

from pathlib import Path

import pytest

from hil.errors import RigFileError
from hil.rig.loading import load_rig


def told(file: Path) -> str:
    with pytest.raises(RigFileError) as wrong:
        load_rig(str(file), file.parent)
    return str(wrong.value)


WHOLE_FILES = {
    "empty": ("", ": a mapping (key: value) is wanted, not nothing"),
    "a list": ("- bench-07\n", ": a mapping (key: value) is wanted, not a list"),
    "a word": ("bench-07\n", ": a mapping (key: value) is wanted, not 'bench-07'"),
    "two documents": (
        "name: a\n---\nname: b\n",
        ":2: no YAML: expected a single document in the stream, but found another document",
    ),
    "not for people": (
        "name: \0",
        ": no YAML: unacceptable character #x0000: special characters are not allowed",
    ),
    "simulation, misspelled": (
        "name: sim\nsimulte: ../sites/split-phase.yaml\n",
        ":2: unknown key 'simulte'; did you mean 'simulate'?",
    ),
    "simulation that says more": (
        "name: sim\nsimulate: ../sites/split-phase.yaml\nsafe_within_s: 60\n",
        ":3: unknown key 'safe_within_s'; there are: name, description, simulate, without_lan, shell, access",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WHOLE_FILES.values(), ids=WHOLE_FILES.keys())
def test_what_is_no_rig_file_at_all_is_told_so(text: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "rig.yaml"
    file.write_text(text, encoding="utf-8")

    assert told(file) == f"{file}{expected}"


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "rig.yaml"
    file.write_bytes(b"name: \xff\n")

    assert told(file) == f"{file}: no text in UTF-8: byte 6 does not fit"


def test_an_unknown_rig_is_answered_with_those_there_are(tmp_path: Path) -> None:
    for name in ("bench-07", "local-desk", "sim-split-phase"):
        (tmp_path / f"{name}.yaml").touch()

    with pytest.raises(RigFileError) as caught:
        load_rig("bench-70", tmp_path)

    assert str(caught.value) == (
        f"no rig file {tmp_path}/bench-70.yaml; there are: bench-07, local-desk, sim-split-phase"
    )


def test_a_rig_in_no_folder_is_told_which_folder_is_missing(tmp_path: Path) -> None:
    assert told(tmp_path / "rigs" / "bench.yaml") == (
        f"no rig file {tmp_path}/rigs/bench.yaml: there is no folder {tmp_path}/rigs"
    )


def test_a_folder_is_no_rig_file(tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").mkdir()

    assert told(tmp_path / "bench.yaml") == (
        f"cannot read rig file {tmp_path}/bench.yaml: Is a directory"
    )
