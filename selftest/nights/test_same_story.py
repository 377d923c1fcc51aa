"""A run is a function of its seed and order: two alike write the same timeline."""

from pathlib import Path

from selftest.envoy.gateway_rows import not_asked
from selftest.suite_runs import masked, run_suite


def test_the_same_seed_and_order_tell_the_same_timeline(tmp_path: Path) -> None:
    stories = []
    for night in ("first", "second"):
        run = run_suite(tmp_path / night, "--sim-seed=7", "--random-order", "--random-order-seed=7")
        assert run.returncode == 0, run.printed
        stories.append([masked(event) for event in run.timeline()])
    first, second = stories
    differing = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]]
    assert differing[:1] == []
    assert len(first) == len(second) > 1000
    # It is a run of the whole suite, and there are few of them.
    assert not_asked(run) == {}, "no test of the promise makes the request of its row"
