"""What may never be read in an artifact, however it got into a text."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
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


SECRETS = ["9A4C62E8F15B07D3A6287E9CB1F04D35", TOKEN, "pass word!", "short", "Ünsicher1"]
PARTS = st.one_of(
    st.sampled_from([" ", "\n", "\r\n", ".", ":", "\0", "K", "ſ", "‹", "ENC> ", "eyJ", "0013A200"]),
    st.sampled_from(SECRETS),
    st.builds(
        lambda secret, start, length, lower: (
            secret[start : start + length].lower()
            if lower
            else secret[start : start + length].upper()
        ),
        st.sampled_from(SECRETS),
        st.integers(0, 30),
        st.integers(1, 40),
        st.booleans(),
    ),
    st.text(max_size=6),
    st.text(alphabet="→←·…‹›—− eyJ", max_size=6),
    st.text(alphabet="0123456789abcdefABCDEF", max_size=40),
)


@given(
    texts=st.lists(st.lists(PARTS, max_size=12).map("".join), min_size=1, max_size=3),
    known=st.sets(st.sampled_from(SECRETS)),
)
@example(texts=["link_key: 9a4c62e8f15b07d3 OK"], known={SECRETS[0]})
@example(texts=["SHORTAGE"], known={"short"})
@settings(max_examples=600, deadline=None)
def test_the_fast_way_masks_what_the_plain_one_masks(texts: list[str], known: set[str]) -> None:
    redactor = Redactor(map(Secret, known))
    for text in texts:  # one after the other: words that were clean are remembered
        assert redactor.scrub(text) == redactor._net._thorough(text)


def test_a_word_that_was_clean_is_looked_at_again_when_a_secret_is_learned() -> None:
    redactor = Redactor()
    assert redactor.scrub("was 4711-abcdefgh") == "was 4711-abcdefgh"
    redactor.learn(Secret("abcdefgh"))
    assert "abcdefgh" not in redactor.scrub("was 4711-abcdefgh")


def test_a_timeline_keeps_in_memory_what_the_running_test_needs(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    with Timeline(path, now=lambda: 1.0, redactor=Redactor(), kept_characters=100) as timeline:
        for number in range(10):
            timeline.note("suite", Kind.STEP, f"{number} {'x' * 18}")
        mark = timeline.mark()
        assert mark == 10
        texts = [event.text for event in timeline.since(0)]
        assert texts[0] == "5 events before this one are in timeline.jsonl only"
        assert [text[0] for text in texts[1:]] == ["5", "6", "7", "8", "9"]
        timeline.forget(8)
        assert [event.text[0] for event in timeline.since(8)] == ["8", "9"]
        timeline.note("suite", Kind.STEP, "behind the mark")
        assert [event.text for event in timeline.since(mark)] == ["behind the mark"]
    assert len(path.read_text().splitlines()) == 11, "the file has all of it"


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
