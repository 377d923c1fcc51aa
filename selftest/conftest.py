"""What every selftest has: rigs of its own, that no bench of this machine has to do with."""

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.rig.rig_folder import STATE_VARIABLE

_NUMBERS = itertools.count()

LONGEST = ("test_bench_path.py", "test_energy_machine.py", "test_same_story.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes comes first: if it began last, everybody would wait for it."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Locks and journals lie in a folder of this session, in the processes it starts too."""
    with pytest.MonkeyPatch.context() as patch:
        state = tmp_path_factory.mktemp("state")
        patch.setenv(STATE_VARIABLE, str(state))
        yield state


@pytest.fixture(autouse=True)
def state_of_this_test(state_of_its_own: Path) -> Iterator[None]:
    """A simulator may get the port and the terminals of one that has just ended: what a test has left
    of its rig, as some mean to, is no other test's.
    """
    with pytest.MonkeyPatch.context() as patch:
        state = state_of_its_own / str(next(_NUMBERS))
        state.mkdir()
        patch.setenv(STATE_VARIABLE, str(state))
        yield


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Whoever starts the tests in the background of a script has them ignore SIGINT, and so would
    every process that they start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
