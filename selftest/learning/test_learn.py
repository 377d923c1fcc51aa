"""`hil learn` on a rig that is not as hil believes: a simulator in a process of its own, told to be otherwise."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from hil.cli.main import app
from hil.consoles.shell_dialect import ShellDialect
from hil.errors import ConsoleSilent, LineGarbled
from hil.learning.bench import bench, look
from hil.learning.disturbing import disturb
from hil.learning.findings import Findings, Verdict
from hil.learning.written import DIALECT, JSON, NOTES, TEXT, About, new_folder, write_all
from hil.rig.loading import load_rig
from hil.rig.rig import open_rig
from hil.rig.rig_file import RigFile

ROOT = Path(__file__).parents[2]
ABOUT = About("desk", "a test", "2026-01-01", "7.6.175", disturbed=True)

CLI = {
    "cli.prompt_encharge": "BAT# ",
    "cli.prompt_enpower": "sw> ",
    "cli.echo": False,
    "cli.done": "DONE",
    "cli.unknown_command": "?? {word} (no such thing)",
}
TIMES = {
    "cli.reply_s": 0.4,
    "gateway.response_s": 1.1,
    "gateway.livedata_response_s": 1.7,
    "gateway.report_s": 120.0,
    "gateway.enpower_report_s": 25.0,
}
DISTURBED = {
    "cli.at_timeout_s": 3.5,
    "gateway.comm_lost_after_s": 220.0,
    "gateway.permit_join_s": 100.0,
    "relay.open_command_s": 55.0,
    "relay.close_command_s": 25.0,
    "relay.command_timeout_s": 20.0,
    "profile.device_s": 31.0,
}
"""Otherwise than assumptions.yaml has it."""


@contextmanager
def otherwise(folder: Path, *more: str, **assumed: object) -> Iterator[Path]:
    """A simulated rig with other assumptions, in virtual time; its rig file."""
    rig_file = folder / "desk.yaml"
    given = [f"{name}={json.dumps(value)}" for name, value in assumed.items()]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "hil.cli.simulate", "split-phase", "--time", "virtual"),
            *("--write-rig", str(rig_file), "--until-eof", *more),
            *(part for each in given for part in ("--assume", each)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = (line for line in process.stdout if line.startswith("ready"))
        assert next(said, None), "the simulator did not start"
        yield rig_file
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def described(rig_file: Path) -> RigFile:
    rig = load_rig(str(rig_file), rig_file.parent)
    assert isinstance(rig, RigFile)
    return rig


def measured(findings: Findings, verdict: Verdict) -> dict[str, object]:
    return {each.name: each.measured for each in findings.of(verdict)}


def about(value: object) -> object:
    """What was told to the simulator, as a measurement finds it."""
    return pytest.approx(value, rel=0.15, abs=0.5) if isinstance(value, float) else value


def test_what_is_otherwise_is_found_and_what_is_proposed_opens_the_rig(tmp_path: Path) -> None:
    told = {**CLI, **TIMES, **DISTURBED}
    with otherwise(tmp_path, "--firmware", "7.6.175", **told) as rig_file:
        findings = Findings(lambda text: text)
        with bench(described(rig_file), tmp_path / "logs", root=tmp_path, who="a test") as opened:
            proposals = look(opened, findings, watch_s=260.0)
        differs = measured(findings, Verdict.DIFFERS)
        found = {name: differs.get(name) for name in (*CLI, *TIMES)}
        assert found == {**CLI, **{name: pytest.approx(TIMES[name], rel=0.1) for name in TIMES}}
        assert "7.6.175" in str(measured(findings, Verdict.NEWS)["gateway: who answers"])

        with (
            pytest.raises((ConsoleSilent, LineGarbled)),
            open_rig(described(rig_file), seed=0, directory=tmp_path / "before"),
        ):
            raise AssertionError("it opens without what was learned")

        write_all(new_folder(tmp_path / "learned"), findings, proposals, ABOUT)
        document = yaml.safe_load(rig_file.read_text())
        rig_file.write_text(yaml.safe_dump(document | {"dialects": f"learned/{DIALECT}"}))

        disturb(described(rig_file), findings, directory=tmp_path / "after", reboots=False)
        differs = measured(findings, Verdict.DIFFERS)
        assert {name: differs.get(name) for name in DISTURBED} == {
            name: about(value) for name, value in DISTURBED.items()
        }
        assert not [each for each in findings.found if each.name.startswith("lesson: ")]


def test_of_a_rig_as_it_is_believed_nothing_differs_and_all_of_it_is_written_once(
    tmp_path: Path,
) -> None:
    with otherwise(tmp_path) as rig_file:
        arguments = ["learn", "--rig", str(rig_file), "--watch-s", "30", "--by", "Ada"]
        out = ["--out", str(tmp_path / "learned")]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            ended = CliRunner().invoke(app, [*arguments, *out])
            again = CliRunner().invoke(app, [*arguments, *out])
            alone = CliRunner().invoke(app, [*arguments, "--reboot-gateway"])
        keys = [each.read_text() for each in (tmp_path / "desk.keys").glob("1*")]

    assert ended.exit_code == 0, ended.output
    assert (again.exit_code, alone.exit_code) == (1, 1)
    written = {each.name: each.read_text() for each in (tmp_path / "learned").iterdir()}
    assert set(written) == {TEXT, JSON, DIALECT, NOTES}
    verdicts = [each["verdict"] for each in json.loads(written[JSON])["findings"]]
    assert str(Verdict.DIFFERS) not in verdicts, written[TEXT]
    assert verdicts.count(str(Verdict.AGREES)) > 40
    assert yaml.safe_load(written[DIALECT]) == {}
    noted = yaml.safe_load(written[NOTES])
    assert noted["cli"]["prompt_encharge"]["value"] == "ENC> "
    assert noted["gateway"]["response_s"]["lab"].startswith("Ada, ")
    assert keys
    for name, text in written.items():
        assert not any(key in text for key in keys), f"a link key is in {name}"


def test_a_console_that_says_nothing_is_told_and_the_rest_is_learned(tmp_path: Path) -> None:
    prompt = {"shell.prompt": "<envoy %H:%M> :"}
    with otherwise(tmp_path, "--without-lan", "--shell", "serial", **prompt) as rig_file:
        document = yaml.safe_load(rig_file.read_text())
        first = document["encharges"][0]
        first["console"]["port"] = str(tmp_path / "unplugged")
        rig_file.write_text(yaml.safe_dump(document))
        findings = Findings(lambda text: text)
        with bench(described(rig_file), tmp_path / "logs", root=tmp_path, who="a test") as opened:
            proposals = look(opened, findings, watch_s=0.0)

    found = ShellDialect().with_overrides(proposals["envoy_shell"])
    assert found.prompt.search("}<envoy 07:45> :")
    why = {each.name: each.why for each in findings.of(Verdict.UNMEASURED)}
    assert "no such file" in why[f"encharge {first['serial_number']}: console"]
    assert len(findings.of(Verdict.AGREES)) > 30
