"""What every selftest has: rigs of its own, that no bench of this machine has to do with."""

import signal
from collections.abc import Iterator

import pytest

from hil.rig.rig_folder import STATE_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Locks and journals lie in a folder of this session, in the processes it starts too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Whoever starts the tests in the background of a script has them ignore SIGINT, and so would
    every process that they start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
