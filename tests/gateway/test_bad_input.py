"""Nonsense at everything that can be written: refused, nothing changed, and the gateway is alive."""

from dataclasses import dataclass

import pytest

from hil.envoy.client import Envoy
from hil.errors import SuiteError
from hil.plugin.promises import Promise
from hil.waiting import Waiting

MALFORMED = (b"{", b"", b"\xff\xfe", b"[]", b'"text"')
"""No JSON, or no object."""

UNKNOWN = (b'{"no_such_key": 1}',)

HUGE = b'{"x": "' + b"a" * (1 << 20) + b'"}'
"""More than a gateway has any use for: its web server takes 1 MiB."""


@dataclass(frozen=True, slots=True)
class Written:
    """Something that can be written, where it is read, and what is nonsense there besides."""

    method: str
    path: str
    read_at: str
    also: tuple[bytes, ...] = ()
    lacks: tuple[bytes, ...] = ()
    """What is nonsense elsewhere and means something here."""
    moves_by_itself: bool = False
    """Whether what is read there moves for a while after settings were written, as contacts do."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def nonsense(self) -> tuple[bytes, ...]:
        """Each body that has to be refused."""
        found = (*MALFORMED, *UNKNOWN, *self.also, HUGE)
        return tuple(body for body in found if body not in self.lacks)


WRITTEN = (
    Written(
        "POST",
        "/ivp/ensemble/relay",
        "/ivp/ensemble/relay",
        (b'{"mains_admin_state": "ajar"}', b'{"mains_admin_state": 1}'),
    ),
    Written(
        "POST",
        "/ivp/ensemble/dry_contacts",
        "/ivp/ensemble/dry_contacts",
        (b'{"dry_contacts": {"id": "NC9", "status": "open"}}', b'{"dry_contacts": 1}'),
        moves_by_itself=True,
    ),
    Written(
        "POST",
        "/ivp/zb/provision",
        "/ivp/zb/pairing_status",
        (b'{"serial_nums": []}', b'{"serial_nums": [1]}', b'{"serial_nums": {"serial_num": "x"}}'),
    ),
    Written("POST", "/ivp/zb/reset_device", "/ivp/zb/pairing_status", (b'{"serial_num": 1}',)),
    Written(
        "POST",
        "/ivp/ss/pel_settings",
        "/ivp/ss/pel_settings",
        (b'{"pel_settings": {"PEL": "true"}}', b'{"pel_settings": {"PEL_Limit": -1.0}}'),
    ),
    Written(
        "POST",
        "/ivp/ss/pcs_settings",
        "/ivp/ss/pcs_settings",
        (b'{"pcs_settings": {"pvBreaker": "40"}}', b'{"pcs_settings": []}'),
    ),
    Written(
        "POST",
        "/ivp/ss/der_settings",
        "/ivp/ss/der_settings",
        (b'{"der": {"der1": 1}}', b'{"der": "DER_TYPE_NONE"}'),
    ),
    Written(
        "POST",
        "/ivp/ss/dry_contact_settings",
        "/ivp/ss/dry_contact_settings",
        (b'{"dry_contacts": {"id": "NC1"}}', b'{"dry_contacts": {"id": 1}}'),
    ),
    Written("POST", "/ivp/ss/gen_config", "/ivp/ss/gen_config", (b'{"warm_up_mins": "3"}',)),
    Written("POST", "/ivp/ss/gen_mode", "/ivp/ss/gen_mode", (b'{"gen_cmd": "perhaps"}',)),
    Written("POST", "/ivp/ss/gen_schedule", "/ivp/ss/gen_schedule", (b'{"default_soc": 1}',)),
    Written("PUT", "/admin/lib/tariff", "/admin/lib/tariff", (b'{"tariff": 1}',)),
    # Any object may be stored here.
    Written(
        "PUT",
        "/ivp/adc/relaxedparams/add",
        "/ivp/adc/relaxedparams/add",
        lacks=UNKNOWN,
    ),
    Written(
        "POST",
        "/ivp/firmware_manager/update_all",
        "/ivp/firmware_manager/state",
        (b'{"force": true}',),
    ),
)


def reading(envoy: Envoy, path: str) -> tuple[int, str]:
    """What stands at `path`, without what moves by itself there."""
    reply = envoy.view(path)
    moving = ("last_updated", '"date"', "Progress")
    lines = [line for line in reply.text.splitlines() if not any(word in line for word in moving)]
    return reply.status, "\n".join(lines)


@pytest.mark.promise("GW-001")
@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_nonsense_is_refused_and_changes_nothing(
    written: Written, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    if written.moves_by_itself:
        wait.clock.sleep(promise["contacts_settle_s"])
    before = reading(envoy, written.read_at)
    if before[0] not in (200, 404):
        raise SuiteError(f"{written.read_at}: answers {before[0]}, so nothing can be told")
    if envoy.send(written.method, written.path, b"{").status == 404:
        pytest.skip(f"{written}: this firmware or site has nothing there")

    for body in written.nonsense:
        said = envoy.send(written.method, written.path, body)
        shown = f"gateway: {written} with {body[:60]!r} ({len(body)} bytes)"
        assert 400 <= said.status < 500, f"{shown}: {said.status} {said.text[:200]!r}"
        assert reading(envoy, written.read_at) == before, f"{shown}: refused, and something changed"
    assert envoy.answers(), f"gateway: does not answer after nonsense at {written}"


@pytest.mark.promise("GW-001")
@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_a_method_that_is_none_there_is_refused(
    written: Written, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    if written.moves_by_itself:
        wait.clock.sleep(promise["contacts_settle_s"])
    before = reading(envoy, written.read_at)

    said = envoy.send("PATCH", written.path, b"{}")

    assert said.status in (400, 404, 405, 501), f"gateway: PATCH {written.path}: {said.status}"
    assert reading(envoy, written.read_at) == before
