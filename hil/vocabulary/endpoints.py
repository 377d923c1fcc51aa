"""What of the gateway's REST interface can be written: the one list of it.

The client writes no other, the simulated gateway takes no other, and each has to be met with nonsense
(`tests/gateway/test_bad_input.py`); a selftest holds all three to this list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Writable:
    """A method and a path; `<…>` in it is the name of one of the site's own."""

    method: str
    path: str
    shown_at: str
    """Where what it writes is read."""
    takes_body: bool = True
    """Else what it is told stands in the query, or it is told nothing."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


_DEVICES, _PAIRING = "/ivp/ensemble/devices", "/ivp/zb/pairing_status"
_COMMISSION, _INVERTERS = "/ivp/zb/commission", "/ivp/ens_rest/inverters_status"
_RELAXED = "/ivp/adc/relaxedparams/add"

WRITABLE = (
    Writable("POST", "/ivp/ss/pel_settings", "/ivp/ss/pel_settings"),
    Writable("POST", "/ivp/ensemble/relay", "/ivp/ensemble/relay"),
    Writable("POST", "/ivp/ensemble/dry_contacts", "/ivp/ensemble/dry_contacts"),
    Writable("POST", "/ivp/ensemble/secctrl", "/ivp/ensemble/secctrl"),
    Writable("POST", _DEVICES, _DEVICES),
    Writable("POST", "/ivp/zb/provision", _PAIRING),
    Writable("DELETE", "/ivp/zb/provision", _PAIRING, takes_body=False),
    Writable("POST", _COMMISSION, _COMMISSION, takes_body=False),
    Writable("DELETE", _COMMISSION, _COMMISSION, takes_body=False),
    Writable("POST", "/ivp/zb/reset_device", _PAIRING),
    Writable("POST", "/ivp/livedata/stream", "/ivp/livedata/status"),
    Writable("POST", "/ivp/sc/pvlimit", "/ivp/sc/pvlimit"),
    Writable("POST", "/ivp/sc/setp_override", "/ivp/sc/setp_override"),
    Writable("POST", "/ivp/sc/third_party_pv", "/ivp/sc/third_party_pv"),
    Writable("POST", "/ivp/ss/pcs_settings", "/ivp/ss/pcs_settings"),
    Writable("POST", "/ivp/ss/der_settings", "/ivp/ss/der_settings"),
    Writable("POST", "/ivp/ss/dry_contact_settings", "/ivp/ss/dry_contact_settings"),
    Writable("POST", "/ivp/ss/gen_config", "/ivp/ss/gen_config"),
    Writable("POST", "/ivp/ss/gen_mode", "/ivp/ss/gen_mode"),
    Writable("POST", "/ivp/ss/gen_schedule", "/ivp/ss/gen_schedule"),
    Writable("PUT", "/ivp/meters/<eid>", "/ivp/meters"),
    Writable("POST", "/ivp/meters/<eid>", "/ivp/meters"),
    Writable("PUT", "/admin/lib/tariff", "/admin/lib/tariff"),
    Writable("PUT", "/admin/lib/tariff.json", "/admin/lib/tariff"),
    Writable("PUT", "/installer/agf/set_profile.json", "/ivp/arf/profile"),
    Writable("PUT", _INVERTERS, _INVERTERS, takes_body=False),
    Writable("PUT", "/installer/agf/inverters_status", _INVERTERS, takes_body=False),
    Writable("PUT", _RELAXED, _RELAXED),
    Writable("POST", _RELAXED, _RELAXED),
    Writable("PUT", "/ivp/adc/relaxedparams/delete", _RELAXED, takes_body=False),
    Writable("POST", "/ivp/adc/relaxedparams/delete", _RELAXED, takes_body=False),
    Writable("POST", "/ivp/firmware_manager/update_all", "/ivp/firmware_manager/state"),
)
