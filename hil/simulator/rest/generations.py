"""What firmware before and after 8.2.127 says otherwise, as far as a client cannot do without it.

Source: public captures of 7.3 to 8.3. What a client can do without is not left out on older firmware.
"""

from collections.abc import Mapping

from hil.simulator.site import Site
from hil.vocabulary.identity import Firmware

_SEGMENT_RELAYS_SINCE = Firmware((8, 2, 4264))
_OFFGRID_CONTROL_SINCE = Firmware((8, 3, 1598))
_COUNTERS_UNTIL = Firmware((8, 0))

_COUNTED = {
    "rest_RelayGet": ("GET", "/ivp/ensemble/relay"),
    "rest_RelayPost": ("POST", "/ivp/ensemble/relay"),
    "rest_StatusGet": ("GET", "/ivp/ensemble/status"),
    "rest_InventoryGet": ("GET", "/ivp/ensemble/inventory"),
    "rest_Power": ("GET", "/ivp/ensemble/power"),
    "rest_SecCtrlGet": ("GET", "/ivp/ensemble/secctrl"),
    "rest_SubmodGet": ("GET", "/ivp/ensemble/submod"),
}


def relay_of(site: Site, body: Mapping[str, object]) -> dict[str, object]:
    """The relay's object: two more relays, always open, behind the mains' state."""
    if site.truth.gateway.firmware < _SEGMENT_RELAYS_SINCE:
        return dict(body)
    return _behind("mains_oper_state", body, {"srt12_state": "open", "srt13_state": "open"})


def control_of(site: Site, body: Mapping[str, object]) -> dict[str, object]:
    """Secondary control: that of an island, not active even in one, behind the biases."""
    if site.truth.gateway.firmware < _OFFGRID_CONTROL_SINCE:
        return dict(body)
    idle = dict.fromkeys(("F", "V", "Vd_neg", "Vq_neg", "Vd_zero", "Vq_zero"), 0.0)
    control = {**idle, "is_active": False, "is_system_balanced": True}
    return _behind("voltage_bias_v_q5_phasec", body, {"offgrid_secctrl": control})


def status_of(site: Site, body: Mapping[str, object]) -> dict[str, object]:
    """The status: with counters of what was asked, and two objects that say nothing."""
    if site.truth.gateway.firmware >= _COUNTERS_UNTIL:
        return dict(body)
    counters = {name: site.rest_hits[asked] for name, asked in _COUNTED.items()}
    said: dict[str, object] = {
        "counters": counters,
        "profile": {"message": "Obsolete API, please use ivp/arf/profile"},
        "fakeit": {"fake_inventory_mode": False},
    }
    return _behind("inventory", body, said)


def _behind(key: str, body: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """`body` with `more` behind `key`: the order is the gateway's."""
    keys = list(body)
    place = keys.index(key) + 1
    return (
        {name: body[name] for name in keys[:place]}
        | dict(more)
        | {name: body[name] for name in keys[place:]}
    )
