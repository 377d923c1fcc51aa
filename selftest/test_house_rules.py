"""The rules of the house that a tool can check."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for folder in ("hil", "tests", "selftest") for path in (ROOT / folder).rglob("*.py")
)
TESTS_MAY_CALL = ("hil.vocabulary", "hil.waiting", "hil.errors")
"""Words, waiting, and errors to expect. Other types are for annotations only."""


def imported(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Each hil module that `path` imports, and the names it takes from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hil"):
            yield str(node.module), {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("hil"):
                    yield alias.name, {alias.asname or alias.name}


def used_outside_annotations(path: Path) -> set[str]:
    """Every name that `path` uses, those in annotations left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    annotations: set[int] = set()
    for node in ast.walk(tree):
        hints: list[ast.AST | None] = [getattr(node, "annotation", None)]
        hints.append(getattr(node, "returns", None))
        for hint in hints:
            if hint is not None:
                annotations |= {id(part) for part in ast.walk(hint)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in annotations
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_package_files_are_empty() -> None:
    assert [path for path in (ROOT / "hil").rglob("__init__.py") if path.stat().st_size] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_product_tests_call_words_and_waiting_only(path: Path) -> None:
    used = used_outside_annotations(path)
    called = {
        f"{module}.{name}"
        for module, names in imported(path)
        for name in names & used
        if not module.startswith(TESTS_MAY_CALL)
    }
    assert called == set(), "take it from a fixture"


def test_an_import_that_points_upward_is_refused(tmp_path: Path) -> None:
    planted = _copy_of_the_package(tmp_path)
    (planted / "hil" / "transports" / "planted.py").write_text("from hil.envoy import client\n")
    refused = _check_contracts(planted)
    assert refused.returncode == 1, refused.stdout
    assert "hil.transports.planted -> hil.envoy.client" in refused.stdout


def test_the_simulator_may_not_read_with_the_drivers_eyes(tmp_path: Path) -> None:
    planted = _copy_of_the_package(tmp_path)
    (planted / "hil" / "simulator" / "planted.py").write_text("from hil.consoles import replies\n")
    refused = _check_contracts(planted)
    assert refused.returncode == 1, refused.stdout
    assert "hil.simulator.planted -> hil.consoles.replies" in refused.stdout


def test_the_contracts_are_kept(tmp_path: Path) -> None:
    kept = _check_contracts(_copy_of_the_package(tmp_path))
    assert kept.returncode == 0, kept.stdout


def bounds_read_in_tests() -> Iterator[tuple[str, str]]:
    """Promise and bound for each `promise["…"]` in a product test, or in what it calls."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        worlds = path.parent / "conftest.py"
        defined = (functions_of(worlds) if worlds.is_file() else {}) | functions_of(path)
        for name, source in functions_of(path).items():
            if not name.startswith("test_"):
                continue
            called = {each for each in re.findall(r"\b(\w+)\(", source) if each in defined} - {name}
            text = source + "".join(defined[each] for each in sorted(called))
            for promised in re.findall(r"mark\.promise\('([A-Z]{2}-\d{3})'\)", source):
                yield from ((promised, bound) for bound in re.findall(r"promise\['(\w+)'\]", text))


def functions_of(path: Path) -> dict[str, str]:
    """The functions of a module by name, as they are written; none where there is no module."""
    if not path.exists():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name: ast.unparse(each) for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_bound_of_a_promise_is_what_its_test_asserts() -> None:
    promises = yaml.safe_load((ROOT / "docs" / "promises.yaml").read_text())["promises"]
    promised = {(each["id"], bound) for each in promises for bound in each.get("bounds", {})}
    assert promised == set(bounds_read_in_tests())


def test_every_assumption_is_used() -> None:
    groups = yaml.safe_load((ROOT / "hil" / "simulator" / "assumptions.yaml").read_text())
    code = "".join(path.read_text() for path in (ROOT / "hil" / "simulator").rglob("*.py"))
    names = [name for entries in groups.values() for name in entries]
    assert [name for name in names if not re.search(rf"\.{name}\b", code)] == []


def test_every_assumption_says_where_it_is_from_and_has_room_for_the_lab() -> None:
    groups = yaml.safe_load((ROOT / "hil" / "simulator" / "assumptions.yaml").read_text())
    for entries in groups.values():
        for name, entry in entries.items():
            assert set(entry) == {"value", "source", "lab"}, name
            assert entry["source"], name


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    """What is committed must mean the same everywhere."""
    registries = (
        "pypi" + ".org",
        "registry." + "npmjs",
        "files.python" + "hosted",
        "npmjs" + ".com",
    )
    folders = tuple(f"/{folder}/" for folder in ("home", "work", "root"))
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert [word for word in registries + folders if word in text] == [], path


def test_every_document_that_is_pointed_to_exists() -> None:
    for page in tracked("*.md"):
        for name in re.findall(
            r"`((?:docs|rigs|sites|hil|tests|selftest)/[\w./-]+)`", page.read_text()
        ):
            if name.startswith("rigs/bench-07"):
                continue  # an example
            if name.startswith(("hil/scenarios", "hil/fleet")):
                continue  # kept free, as docs/map.md says
            assert (ROOT / name).exists(), f"{page.relative_to(ROOT)} points to {name}"


def tracked(pattern: str = "*") -> list[Path]:
    """What git keeps of a pattern; never none, or whoever looks through it would be content."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split("\0")[:-1]
    assert names, (
        f"git ls-files {pattern}: {listed.returncode}, {listed.stderr or 'nothing listed'}"
    )
    return [ROOT / name for name in names]


def _copy_of_the_package(folder: Path) -> Path:
    shutil.copytree(ROOT / "hil", folder / "hil", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _check_contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """lint-imports on a copy of the package; the copy is imported, not this one."""
    return subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command;"
            " lint_imports_command(['--no-cache'])",
        ],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
