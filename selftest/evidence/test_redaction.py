"""What may never be read in an artifact, however it got into a text."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.evidence.redaction import PIECE, Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.vocabulary.secret import Secret

KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"
TOKEN = "eyJraWQiOiI3.eyJhdWQiOiIxMjIwMDAwMDAwMDEi.c2lnbmF0dXJl"


def pieces(value: str) -> list[str]:
    return [value[start : start + PIECE] for start in range(len(value) - PIECE + 1)]


@given(
    before=st.text(max_size=12),
    after=st.text(max_size=12),
    start=st.integers(0, 31),
    length=st.integers(PIECE, 32),
    lower=st.booleans(),
)
def test_no_piece_of_a_known_key_stays_however_it_is_cut(
    before: str, after: str, start: int, length: int, lower: bool
) -> None:
    part = KEY[start : start + length]
    text = before + (part.lower() if lower else part) + after
    shown = Redactor([Secret(KEY)]).scrub(text).upper()
    assert not [piece for piece in pieces(KEY) if piece in shown]


@pytest.mark.parametrize("before", ["link_key: ", "\\n", '"'], ids=["reply", "escape", "json"])
def test_a_key_that_nobody_announced_is_known_by_its_form(before: str) -> None:
    assert "F15B07D3" not in Redactor().scrub(f"{before}{KEY}\r\n")


def test_a_token_that_nobody_announced_is_known_by_its_form() -> None:
    assert "eyJ" not in Redactor().scrub(f"Authorization: Bearer {TOKEN}")


def test_one_secret_reads_the_same_everywhere_so_that_two_can_be_compared() -> None:
    redactor = Redactor()
    redactor.learn(Secret(KEY))
    assert redactor.scrub(f"file {KEY}, device {KEY.lower()}") == (
        f"file {Secret(KEY)}, device {Secret(KEY.lower())}"
    )


@pytest.mark.parametrize(
    "text",
    ["AT OP 0013A200C0FFEE01", "122000000131", "2f6f0a84-6f0e-4c1d-9f0b-51a1c6d2e7a3:0", ""],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert Redactor([Secret(KEY)]).scrub(text) == text


def test_a_timeline_is_redacted_before_it_is_written_its_data_too(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    with Timeline(path, now=lambda: 1.5, redactor=Redactor([Secret(KEY)])) as timeline:
        timeline.note("encharge console", Kind.HEARD, f"link_key: {KEY}")
        timeline.note("envoy http", Kind.SENT, "POST", body={"devices": [{"link_key": KEY[4:20]}]})
    written = path.read_text(encoding="utf-8")
    assert not [piece for piece in pieces(KEY) if piece in written]
    assert [json.loads(line)["rig_s"] for line in written.splitlines()] == [1.5, 1.5]


def test_a_timeline_stands_on_disk_the_moment_it_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    with Timeline(path, now=lambda: 0.0, redactor=Redactor()) as timeline:
        timeline.note("suite", Kind.STEP, "begins")
        assert json.loads(path.read_text(encoding="utf-8"))["text"] == "begins"
