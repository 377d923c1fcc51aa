"""Dry contacts: where they are (`/ivp/ensemble`) and what they are for (`/ivp/ss`).

Source: captures of 7.3 to 8.3. Always four, NC1 NC2 NO1 NO2, also without a system switch.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.settings import SettingsGroup
from hil.errors import SuiteError

DRY_CONTACT_SETTINGS = "/ivp/ss/dry_contact_settings"


class DryContact(Document):
    """One contact."""

    id: str
    status: str
    """`open` or `closed`. After any write to the settings a normally closed contact reads open
    for 5 to 90 s although it does not move (a public report)."""


class DryContacts(Document):
    """All contacts."""

    dry_contacts: tuple[DryContact, ...]

    @property
    def states(self) -> Mapping[str, str]:
        """By contact."""
        return {contact.id: contact.status for contact in self.dry_contacts}


class DryContactUse(Document):
    """What one contact is for. Flags are the texts `true` and `false`."""

    id: str
    type: str
    """`NONE`, `PV`, `LOAD`, `3RD-PV`; actions take effect on a LOAD only."""
    grid_action: str
    """`apply`, `shed`, `none`, `schedule`, as the two that follow."""
    micro_grid_action: str
    gen_action: str
    override: str
    load_name: str
    mode: str
    """`manual` or `soc`."""
    soc_low: Number
    soc_high: Number
    """Percent, as `soc_low`."""
    pv_serial_nb: tuple[str, ...]
    # Once the settings were saved, from 7.3.517 on; several systems have never had them.
    essential_start_time: Number | None = None
    """Seconds of the day, as `essential_end_time`."""
    essential_end_time: Number | None = None
    priority: Number | None = None
    black_s_start: Number | None = None
    manual_override: str | bool | None = None
    # Some 8.3 systems.
    safe_state_action: str | None = None
    black_start_retries: Number | None = None
    action_retries: Number | None = None
    pv_phase_select: JsonValue = None


class DryContactUses(Document):
    """All contacts."""

    dry_contacts: tuple[DryContactUse, ...]

    @property
    def by_id(self) -> Mapping[str, DryContactUse]:
        return {contact.id: contact for contact in self.dry_contacts}


class DryContactSettings(SettingsGroup[DryContactUses]):
    """`/ivp/ss/dry_contact_settings`: read all at once, written one contact at a time.

    A part of a contact's settings may crash a real gateway (public report), so they go whole.
    """

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(
            conversation, DRY_CONTACT_SETTINGS, DryContactUses, wrapped_in="dry_contacts"
        )

    def contact(self, name: str) -> dict[str, object]:
        """The settings of one contact, with the gateway's own keys.

        Raises:
            SuiteError: the gateway has no such contact.
        """
        contacts = _contacts(self.document())
        if name not in contacts:
            raise SuiteError(
                f"{self._conversation.gateway}: GET {DRY_CONTACT_SETTINGS}: no contact {name}; "
                f"it has {', '.join(contacts)}"
            )
        return contacts[name]

    @contextmanager
    def changed_contact(self, name: str, changes: Mapping[str, object]) -> Iterator[DryContactUse]:
        """Hold `changes` of one contact for a block, then put back what was there.

        Raises:
            RestoreFailed: what was there did not come back.
        """
        before = self.document()
        try:
            yield self.write(self.contact(name) | dict(changes)).by_id[name]
        finally:
            self.put_back(before)

    def write_back(self, before: Mapping[str, object]) -> DryContactUses:
        """Write each contact that is not as in `before`."""
        now, stored = _contacts(self.document()), None
        for name, contact in _contacts(before).items():
            if now.get(name) != contact:
                stored = self.write(contact)
        return stored or self.read()


def _contacts(document: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """The settings of each contact."""
    contacts = document["dry_contacts"]
    assert isinstance(contacts, list)
    return {str(contact["id"]): dict(contact) for contact in contacts}
