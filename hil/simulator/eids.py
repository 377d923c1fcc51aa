"""Eids, the gateway's names for what is in or at it. Level, kind, number, channel: alike in all captures."""

_LEVEL, _DEVICE, _CHANNEL = 0xE0000000, 0x20000000, 0x60000000


def device_eid(eid: int) -> int:
    """Of the device that `eid` is, or is a part of."""
    return (eid & ~_LEVEL & ~0xFF) | _DEVICE


def channel_eid(eid: int, number: int) -> int:
    """Of that channel of it, from 1."""
    return (eid & ~_LEVEL & ~0xFF) | _CHANNEL | 0x10 | number
