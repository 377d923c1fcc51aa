"""What becomes of a registered serial number: the states of pairing, as a table.

Assumed, from the interface page's steps and Digi's description of a trust centre. The states are
the words of `/ivp/zb/pairing_status`.
"""

from collections.abc import Mapping
from enum import StrEnum

from hil.vocabulary.zigbee import PairingState


class PairingEvent(StrEnum):
    """What can happen to a registered serial number."""

    REGISTERED_ANEW = "registered anew"
    KEYS_AGREED = "keys agreed"
    KEY_REFUSED = "key refused"
    KEY_EXPIRED = "key expired"
    MISIDENTIFIED = "misidentified"
    """DEV_INFO named another serial number or device type than the request."""
    CONFIGURED = "configured"
    SEALED = "sealed"
    UNSEALED = "unsealed"
    LEFT = "left"
    LOST = "lost"
    HEARD_AGAIN = "heard again"
    """It was struck off or lost, and has found back into the network that it remembers."""


_S, _E = PairingState, PairingEvent

TRANSITIONS: Mapping[PairingState, Mapping[PairingEvent, PairingState]] = {
    _S.REGISTERED: {
        _E.REGISTERED_ANEW: _S.REGISTERED,
        _E.KEYS_AGREED: _S.KEY_EXCHANGE,
        _E.KEY_REFUSED: _S.KEY_FAIL,
        _E.KEY_EXPIRED: _S.NOT_JOINED,
        _E.CONFIGURED: _S.PAIRED,
    },
    _S.KEY_EXCHANGE: {
        _E.MISIDENTIFIED: _S.ID_MISMATCH,
        _E.CONFIGURED: _S.PAIRED,
        _E.LEFT: _S.JOINING,
    },
    _S.PAIRED: {_E.SEALED: _S.COMMISSIONED, _E.LEFT: _S.JOINING, _E.LOST: _S.LOST},
    _S.COMMISSIONED: {_E.UNSEALED: _S.PAIRED, _E.LEFT: _S.JOINING, _E.LOST: _S.LOST},
    _S.JOINING: {
        _E.KEYS_AGREED: _S.KEY_EXCHANGE,
        _E.KEY_REFUSED: _S.KEY_FAIL,
        _E.KEY_EXPIRED: _S.NOT_JOINED,
        _E.CONFIGURED: _S.PAIRED,
        _E.LOST: _S.LOST,
        _E.HEARD_AGAIN: _S.PAIRED,
    },
    _S.LOST: {
        _E.KEYS_AGREED: _S.KEY_EXCHANGE,
        _E.CONFIGURED: _S.PAIRED,
        _E.HEARD_AGAIN: _S.PAIRED,
    },
    _S.NOT_JOINED: {
        _E.REGISTERED_ANEW: _S.REGISTERED,
        _E.CONFIGURED: _S.PAIRED,
        _E.LOST: _S.LOST,
    },
    _S.KEY_FAIL: {_E.REGISTERED_ANEW: _S.REGISTERED},
    _S.ID_MISMATCH: {_E.REGISTERED_ANEW: _S.REGISTERED},
}
"""What follows from what. The air is free: whatever is not in a state's row changes nothing."""

CORRECTABLE = frozenset({_S.REGISTERED, _S.NOT_JOINED, _S.KEY_FAIL, _S.ID_MISMATCH})
"""States in which a new request may still change the key, the MAC or the type."""


def following(state: PairingState, event: PairingEvent) -> PairingState:
    """The state after `event`."""
    return TRANSITIONS[state].get(event, state)
