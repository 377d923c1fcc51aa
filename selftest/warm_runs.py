"""Fixtures of tests that run the suite time and again, each time with another deliberate bug."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from hil.qualification import suite_run
from hil.qualification.warm_suite import WarmSuite
from selftest.suite_runs import promises_of_tests


@pytest.fixture(scope="module")
def tests_of() -> Mapping[str, Sequence[str]]:
    """The node ids of each promise's tests."""
    return suite_run.tests_by_promise(promises_of_tests())


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmSuite]:
    """Loads the suite once for all of them."""
    with WarmSuite() as warm:
        yield warm
