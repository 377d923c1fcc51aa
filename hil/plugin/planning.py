"""From what pytest has collected to the plan of the run."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from os.path import relpath

import pytest

from hil.evidence.allure_report import identified
from hil.plugin.known_bugs import KnownBug
from hil.plugin.markers import is_product_test, promise_id
from hil.plugin.qualification import is_bench, live_bugs, must_be_proved, test_name
from hil.plugin.reporting import title
from hil.plugin.run import Run
from hil.qualification.plan import ExpectedBug, LeftOut, Plan, PlannedTest, Promised


def plan_of(run: Run, items: Sequence[pytest.Item], config: pytest.Config) -> Plan:
    """What this run sets out to do, once everything is collected and deselected."""
    tests = tuple(
        PlannedTest(
            nodeid=run.scrub(item.nodeid),
            promise=_promised(item, run),
            result=identified(item, title=title(item), scrub=run.scrub),
        )
        for item in items
    )
    asked = must_be_proved(run)
    with_tests = {test.promise for test in tests}
    return Plan(
        run=run.whole.name,
        rig=run.label,
        results=relpath(run.results, run.whole),
        firmware=str(run.firmware) if run.firmware else None,
        facts=_facts(run),
        promises=tuple(
            Promised(
                id=name,
                sentence=promise.sentence,
                grade=promise.grade,
                source=promise.source,
                owner=promise.owner,
                bounds=promise.bounds,
                must_prove=name in asked,
            )
            for name, promise in run.promises.items()
            if name in with_tests or name in asked
        ),
        tests=tests,
        left_out=tuple(
            LeftOut(
                run.scrub(item.nodeid),
                _promised(item, run),
                run.why_left_out.get(item.nodeid) or _why_left_out(config),
            )
            for item in run.deselected
        ),
        expected_bugs=tuple(_expected_bugs(run, items)),
    )


def facts_of_the_rig(run: Run) -> Mapping[str, str]:
    """What describes the run once its rig is open."""
    assert run.rig is not None
    expected = run.rig.description.expected
    profile = expected.grid_profile
    speed = run.rig.clock.speed
    return {
        "firmware": str(expected.firmware),
        "grid_profile": f"{profile.name} {profile.version}",
        "time": "virtual" if speed == float("inf") else f"{speed:g} × the wall's",
    }


def _facts(run: Run) -> Mapping[str, str]:
    facts = {"rig": run.label, "seed": str(run.seed)}
    if run.defects:
        facts["defects"] = ", ".join(run.defects)
    if run.firmware is not None:
        facts["firmware"] = str(run.firmware)
    facts["hil"], facts["pytest"] = version("hil"), pytest.__version__
    facts["python"], facts["os"] = platform.python_version(), platform.platform(terse=True)
    return facts


def _promised(item: pytest.Item, run: Run) -> str | None:
    return promise_id(item) if is_product_test(item, root=run.root) else None


def _why_left_out(config: pytest.Config) -> str:
    options = (("-k", "keyword"), ("-m", "markexpr"), ("--deselect", "deselect"))
    given = [
        f"{option} {value if isinstance(value, str) else ' '.join(value)}"
        for option, name in options
        if (value := config.getoption(name, None))
    ]
    if config.getoption("lf", None):
        given.append("--lf")
    return ", ".join(given) or "by a plugin"


def _expected_bugs(run: Run, items: Sequence[pytest.Item]) -> list[ExpectedBug]:
    if not is_bench(run):
        return []
    found = []
    for bug in live_bugs(run):
        here = tuple(place for place, item in enumerate(items) if _is_about(bug, item, run))
        if here and not any(_is_about(bug, item, run) for item in run.deselected):
            told = (
                f"known bug {bug.tracker} did not show: {bug.promise} was kept on firmware "
                f"{run.firmware} ({bug.summary}); take it out of known-bugs.yaml or correct its range"
            )
            found.append(ExpectedBug(told, here))
    return found


def _is_about(bug: KnownBug, item: pytest.Item, run: Run) -> bool:
    return bug.concerns(_promised(item, run), test_name(item), run.firmware)
