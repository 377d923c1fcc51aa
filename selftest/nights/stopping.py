"""A plugin that tells its own run to stop, in the middle of the test that commands the relay open.

From outside nobody is sure to be in time: in virtual time that test takes a fifth of a second.
"""

import os
import signal

import pytest

from hil.envoy.ensemble import Ensemble
from hil.envoy.relay import Relay

NUMBERS = "HIL_SELFTEST_STOPPED_BY"
"""The signals, by number, one after the other."""


@pytest.fixture(autouse=True)
def stopped_when_commanded(monkeypatch: pytest.MonkeyPatch) -> None:
    command = Ensemble.open_relay

    def open_relay(self: Ensemble) -> Relay:
        answered = command(self)
        for number in os.environ[NUMBERS].split():
            signal.raise_signal(int(number))
        return answered

    monkeypatch.setattr(Ensemble, "open_relay", open_relay)
