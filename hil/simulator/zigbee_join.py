"""How a Zigbee device joins: its states, what happens to it, and what follows. Pure tables.

Assumed, built from Digi's XBee 3 Zigbee manual. Not modelled: what a device does while the gateway
is without power and it is still in reach. It stays where it is.
"""

from collections.abc import Mapping
from enum import StrEnum


class NodeState(StrEnum):
    """Where a device is on its way into the network."""

    OFF = "off"
    BOOT = "boot"
    """Powered, firmware not up yet: the console says nothing."""
    RADIO_RESTART = "radio restart"
    """The radio alone restarts (`zb at FR`); the console answers."""
    RESUMING = "resuming"
    """Going back, without a join, into the network that it remembers."""
    WAITING_TO_JOIN = "waiting to join"
    SCANNING = "scanning"
    ASSOCIATING = "associating"
    KEY_WAIT = "key wait"
    """Associated; waiting for the network key, encrypted with its link key."""
    JOINED = "joined"
    """In the network; the gateway has not asked who it is yet."""
    REGISTERED = "registered"
    """Known to the gateway; being configured."""
    OPERATIONAL = "operational"
    LEAVING = "leaving"
    REJOINING = "rejoining"
    """An orphan that looks for its network, which it remembers, without a join."""
    STUCK_FF = "stuck at FF"
    """Deaf to every command to join until its radio is restarted (two Digi forum threads)."""


class JoinEvent(StrEnum):
    """What can happen to a device in its joining."""

    POWER_LOST = "power lost"
    POWER_BACK = "power back"
    RADIO_RESTARTED = "radio restarted"
    STARTED_WITH_NETWORK = "started, remembers a network"
    STARTED_WITHOUT_NETWORK = "started, remembers no network"
    RESUMED = "resumed"
    JOIN_TICK = "join tick"
    BEACON_SAVED = "beacon saved"
    JOIN_NOT_ALLOWED = "join not allowed"
    NO_BEACON = "no beacon"
    ASSOCIATED = "associated"
    NO_ANSWER = "no answer"
    ORPHANED = "orphaned"
    REJOINED = "rejoined"
    REJOIN_GIVEN_UP = "rejoin given up"
    KEY_RECEIVED = "key received"
    KEY_REFUSED = "key refused"
    HELLO_ANSWERED = "hello answered"
    CONFIGURED = "configured"
    LEAVE = "leave"
    LEFT = "left"
    JOINING_STUCK = "joining stuck"


_S, _E = NodeState, JoinEvent

_ON: Mapping[JoinEvent, NodeState] = {
    _E.POWER_LOST: _S.OFF,
    _E.RADIO_RESTARTED: _S.RADIO_RESTART,
}
_UP: Mapping[JoinEvent, NodeState] = {**_ON, _E.LEAVE: _S.LEAVING}
_STARTED: Mapping[JoinEvent, NodeState] = {
    _E.STARTED_WITH_NETWORK: _S.RESUMING,
    _E.STARTED_WITHOUT_NETWORK: _S.WAITING_TO_JOIN,
}

TRANSITIONS: Mapping[NodeState, Mapping[JoinEvent, NodeState]] = {
    _S.OFF: {_E.POWER_BACK: _S.BOOT},
    _S.BOOT: {_E.POWER_LOST: _S.OFF, **_STARTED},
    _S.RADIO_RESTART: {**_ON, **_STARTED},
    _S.RESUMING: {**_UP, _E.RESUMED: _S.JOINED},
    _S.WAITING_TO_JOIN: {
        **_UP,
        _E.JOIN_TICK: _S.SCANNING,
        _E.JOINING_STUCK: _S.STUCK_FF,
    },
    _S.SCANNING: {
        **_UP,
        _E.BEACON_SAVED: _S.ASSOCIATING,
        _E.JOIN_NOT_ALLOWED: _S.WAITING_TO_JOIN,
        _E.NO_BEACON: _S.WAITING_TO_JOIN,
    },
    _S.ASSOCIATING: {**_UP, _E.ASSOCIATED: _S.KEY_WAIT, _E.NO_ANSWER: _S.WAITING_TO_JOIN},
    _S.KEY_WAIT: {**_UP, _E.KEY_RECEIVED: _S.JOINED, _E.KEY_REFUSED: _S.WAITING_TO_JOIN},
    _S.JOINED: {**_UP, _E.HELLO_ANSWERED: _S.REGISTERED},
    _S.REGISTERED: {**_UP, _E.CONFIGURED: _S.OPERATIONAL},
    _S.OPERATIONAL: {**_UP, _E.ORPHANED: _S.REJOINING},
    _S.REJOINING: {
        **_UP,
        _E.REJOINED: _S.OPERATIONAL,
        _E.REJOIN_GIVEN_UP: _S.WAITING_TO_JOIN,
    },
    _S.LEAVING: {**_UP, _E.LEFT: _S.WAITING_TO_JOIN},
    _S.STUCK_FF: _ON,
}
"""What follows from what. An event that is missing from a state's row cannot happen there."""

IN_NETWORK = frozenset({NodeState.JOINED, NodeState.REGISTERED, NodeState.OPERATIONAL})
"""States in which the device can talk to the gateway."""

RADIO_BUSY = frozenset(
    {NodeState.RADIO_RESTART, NodeState.SCANNING, NodeState.ASSOCIATING, NodeState.KEY_WAIT}
)
"""States in which the radio takes no setting (a query is answered from the host's copy)."""

LOG_LINES: Mapping[JoinEvent, tuple[str, ...]] = {
    _E.STARTED_WITHOUT_NETWORK: ("STATE -> {waiting}",),
    _E.RESUMED: ("Stack Status: joined 90",),
    _E.JOIN_TICK: ("Scanning: 00007FFF",),
    _E.BEACON_SAVED: (
        "Beacon Response: 00 {epid} 01 {channel:02X} {pan} C4 FF",
        "Beacon Saved",
        "Joining: {channel:02X} 08 {pan} {epid}",
    ),
    _E.JOIN_NOT_ALLOWED: (
        "Beacon Response: 00 {epid} 00 {channel:02X} {pan} C4 FF",
        "Reject NJ",
        "AI: {ai:02X}",
    ),
    _E.NO_BEACON: ("AI: {ai:02X}",),
    _E.ASSOCIATED: ("Joined",),
    _E.NO_ANSWER: ("AI: {ai:02X}",),
    _E.REJOINED: ("Rejoin ok", "Stack Status: joined 90"),
    _E.REJOIN_GIVEN_UP: ("STATE -> {waiting}",),
    _E.KEY_RECEIVED: ("AI: 40", "AI: 41", "AI: {ai:02X}", "Stack Status: joined 90"),
    _E.KEY_REFUSED: ("AI: {ai:02X}", "Stack Status: leaving 91"),
    _E.HELLO_ANSWERED: ("DEV_INFO rsp",),
    _E.CONFIGURED: ("META rsp",),
    _E.LEAVE: ("Stack Status: leaving 91", "AI: {ai:02X}"),
    _E.LEFT: ("STATE -> {waiting}",),
}
"""What `zb verbose on` prints when it happens. With `DJ 1` there is no join tick, hence silence."""
