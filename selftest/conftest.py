"""What every selftest has: rigs of its own, that no bench of this machine has to do with."""

from collections.abc import Iterator

import pytest

from hil.rig.rig_folder import STATE_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Locks and journals lie in a folder of this session, in the processes it starts too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        yield
