"""Secrets that a rig file points to."""

from pathlib import Path

import pytest

from hil.errors import RigFileError
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.vocabulary.secret import Secret

RIGS = Path(__file__).parents[2] / "rigs"
KEY = "5F1D27A3908E4BC6D2E07159A8347FCB"
VARIABLE = "HIL_BENCH_EXAMPLE_ENPOWER_KEY"


@pytest.fixture
def rig_file(tmp_path: Path) -> RigFile:
    """The example bench, in a folder of its own."""
    file = tmp_path / "bench.yaml"
    file.write_text((RIGS / "bench-example.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    rig = load_rig(str(file), tmp_path)
    assert isinstance(rig, RigFile)
    return rig


def key_file(rig_file: RigFile, content: bytes) -> Path:
    path = rig_file.folder / "bench-example.keys" / "122000007031"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def told(rig_file: RigFile, key: str) -> str:
    with pytest.raises(RigFileError) as caught:
        rig_file.secrets[key].resolve(rig_file.folder)
    return str(caught.value)


def test_a_secret_is_read_from_the_environment(
    rig_file: RigFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)

    assert rig_file.devices[0].link_key.resolve(rig_file.folder) == Secret(KEY)


def test_a_secret_is_read_from_a_file_beside_the_rig_file(rig_file: RigFile) -> None:
    key_file(rig_file, f"{KEY.lower()}\n".encode())

    assert rig_file.encharges[0].link_key.resolve(rig_file.folder) == Secret(KEY)


def test_a_token_is_taken_as_it_is(rig_file: RigFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIL_BENCH_EXAMPLE_TOKEN", " eyJhbGciOiJFUzI1NiJ9.e30.c2ln \n")
    assert rig_file.envoy.auth.bearer is not None

    assert rig_file.envoy.auth.bearer.resolve(rig_file.folder) == Secret(
        "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    )


def test_a_variable_that_is_not_set_is_named_with_the_key_that_wants_it(
    rig_file: RigFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert told(rig_file, "enpower.link_key") == (
        f"{rig_file.path}: enpower.link_key: the environment variable {VARIABLE} is not set; "
        "export it where the run starts"
    )


def test_an_empty_variable_is_no_secret(rig_file: RigFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIL_BENCH_EXAMPLE_TOKEN", "")

    assert told(rig_file, "envoy.auth.bearer") == (
        f"{rig_file.path}: envoy.auth.bearer: the environment variable HIL_BENCH_EXAMPLE_TOKEN is empty"
    )


def test_a_file_that_is_missing_is_named_with_the_key_that_wants_it(rig_file: RigFile) -> None:
    assert told(rig_file, "encharges[1].link_key") == (
        f"{rig_file.path}: encharges[1].link_key: cannot read the file "
        f"{rig_file.folder}/bench-example.keys/122000007032: No such file or directory"
    )


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", "the file {file} is empty"),
        (b"\n \n", "the file {file} is empty"),
        (f"{KEY}\n{KEY}\n".encode(), "the file {file} holds more than one line"),
        (b"\xff\xfe", "cannot read the file {file}: it is no text in UTF-8"),
        (
            KEY[:-1].encode(),
            "the file {file} holds no link key: 32 hexadecimal digits are wanted, "
            "there are 31 characters",
        ),
    ],
    ids=["empty", "blank", "two-lines", "no-text", "too-short"],
)
def test_a_file_without_a_link_key_in_it_is_told_so_without_showing_it(
    content: bytes, finding: str, rig_file: RigFile
) -> None:
    file = key_file(rig_file, content)

    assert told(rig_file, "encharges[0].link_key") == (
        f"{rig_file.path}: encharges[0].link_key: {finding.format(file=file)}"
    )


def test_loading_reads_no_secret(rig_file: RigFile) -> None:
    assert not (rig_file.folder / "bench-example.keys").exists()
    assert "link_key=LinkKeyReference(env=" in repr(rig_file.enpower)
