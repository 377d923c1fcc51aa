"""Joining, pairing, sealing: the words of the radio network."""

from enum import IntEnum, StrEnum


class AssociationCode(IntEnum):
    """What `zb at AI` answers, in hexadecimal: how far a radio got with joining.

    Source: Digi's association indication codes for XBee Zigbee; 0xAF recalled, not re-verified.
    """

    JOINED = 0x00
    NO_PAN = 0x21
    NO_VALID_PAN = 0x22
    JOIN_NOT_ALLOWED = 0x23
    NO_JOINABLE_BEACON = 0x24
    UNEXPECTED_STATE = 0x25
    """Seen here where joining is disabled on the node itself (`DJ 1`)."""
    JOIN_FAILED = 0x27
    NO_RESPONSE_FROM_PARENT = 0xAB
    NETWORK_KEY_NOT_RECEIVED = 0xAD
    WRONG_LINK_KEY = 0xAF
    WAITING_FOR_NEW_LINK_KEY = 0x40
    NEW_LINK_KEY_RECEIVED = 0x41
    SEARCHING = 0xFF


REFUSED_KEY = frozenset(
    {
        AssociationCode.JOIN_FAILED,
        AssociationCode.NETWORK_KEY_NOT_RECEIVED,
        AssociationCode.WRONG_LINK_KEY,
    }
)
"""What a radio may say that got as far as the keys and no further."""


class PairingState(StrEnum):
    """A serial number's `status` in the gateway's pairing status. Words: assumed."""

    REGISTERED = "registered"
    KEY_EXCHANGE = "key exchange"
    JOINING = "joining"
    PAIRED = "paired"
    COMMISSIONED = "commissioned"
    NOT_JOINED = "not joined"
    """Its key entry expired before it joined."""
    KEY_FAIL = "key fail"
    ID_MISMATCH = "id mismatch"
    LOST = "lost"


PAIRED = frozenset({PairingState.PAIRED, PairingState.COMMISSIONED})
"""States of a device whose keys are agreed and that is in the network, sealed or not."""


class NetworkMode(StrEnum):
    """`Zigbee Network Mode`. Source: a public capture (disabled); assumed (enabled)."""

    JOIN_ENABLED = "Join Enabled"
    JOIN_DISABLED = "Join Disabled"
