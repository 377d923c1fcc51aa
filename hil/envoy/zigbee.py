"""`envoy.zigbee`: taking devices in, letting them go, and the seal on the whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from hil.envoy.conversation import Conversation
from hil.envoy.zigbee_documents import (
    AgentFile,
    PairingStatus,
    ProvisionReply,
    Sealed,
    Unsealed,
    ZigbeeStatus,
)
from hil.errors import NotOffered
from hil.transports.http import Reply
from hil.vocabulary.secret import Secret

STATUS = "/ivp/zb/status"
PROVISION = "/ivp/zb/provision"
COMMISSION = "/ivp/zb/commission"
PAIRING_STATUS = "/ivp/zb/pairing_status"
RESET_DEVICE = "/ivp/zb/reset_device"

FAILED = "failed"
"""`status` of an item that did not succeed; every other status is a success."""


@dataclass(frozen=True, slots=True)
class ProvisionItem:
    """One device to register. Describes, does not police: tests send illegal ones.

    Source: the interface page. `phase` (1 to 3, batteries only) and `link_key`, `mac_addr`,
    `device_type` belong to the form without a cloud; `der_index` came with 8.1.
    """

    serial_num: str
    link_key: Secret | None = None
    mac_addr: str | None = None
    device_type: int | None = None
    phase: int | None = None
    der_index: int | None = None

    def entry(self) -> dict[str, object]:
        """As an element of `serial_nums`; what is None is left out. The key stays a `Secret`."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in fields.items() if value is not None}


def entries_of(items: Iterable[ProvisionItem | Mapping[str, object]]) -> list[dict[str, object]]:
    """Each as it stands in `serial_nums`."""
    return [item.entry() if isinstance(item, ProvisionItem) else dict(item) for item in items]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one device."""

    serial_num: str
    status: str
    """`registered`, `already provisioned`, `deleted` or `failed` (assumed)."""
    reason: str | None = None
    """Why it failed."""

    @property
    def ok(self) -> bool:
        return self.status != FAILED


@dataclass(frozen=True, slots=True)
class ProvisionAnswer:
    """What became of all of them."""

    ok: bool
    """Whether the gateway said 200; 400 as soon as one device failed."""
    items: tuple[ItemResult, ...]
    """In the gateway's order; a serial number that was sent twice is here twice."""

    @property
    def results(self) -> Mapping[str, ItemResult]:
        """By serial number; of one that was sent twice, the last."""
        return {item.serial_num: item for item in self.items}

    @classmethod
    def of(cls, reply: ProvisionReply, *, ok: bool) -> Self:
        """From the wire."""
        items = (
            ItemResult(each.serial_num, each.status, each.reason) for each in reply.serial_nums
        )
        return cls(ok=ok, items=tuple(items))


class Zigbee:
    """`/ivp/zb`. The bodies are assumed, see docs/wires/envoy-rest.md."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def status(self) -> ZigbeeStatus:
        """The gateway's radio and who has joined."""
        return self._conversation.get(ZigbeeStatus, STATUS)

    def pairing_status(self) -> PairingStatus:
        """How far each registered device is, and whether others may join."""
        return self._conversation.get(PairingStatus, PAIRING_STATUS)

    def provision(self, items: Sequence[ProvisionItem | Mapping[str, object]]) -> ProvisionAnswer:
        """Register devices with their keys; they pair in their own time.

        An item may be a mapping with any keys, legal or not. A failed item is in the answer.

        Raises:
            Refused: nothing of it was understood.
        """
        return self.provision_raw({"serial_nums": entries_of(items)})

    def provision_raw(self, body: Mapping[str, object] | str | bytes) -> ProvisionAnswer:
        """POST any body to provision."""
        return self._per_serial(self._conversation.send(PROVISION, body))

    def deprovision(self, serial_numbers: Iterable[str]) -> ProvisionAnswer:
        """Delete devices; those that are unknown are in the answer. From release 6.0.92 on."""
        query = {"serial_number": ",".join(serial_numbers)}
        return self._per_serial(self._conversation.http.delete(PROVISION, query=query))

    def commission(self) -> Sealed:
        """Seal the site.

        Raises:
            Refused: a registered device is not paired; the body names it.
        """
        return self._conversation.post(Sealed, COMMISSION)

    def agent_file(self) -> AgentFile:
        """The sealed file, link keys and all; they are masked in every record from now on.

        Raises:
            NotOffered: the site is not sealed, so there is no file.
        """
        file = self._conversation.get(AgentFile, COMMISSION)
        self._conversation.redactor.learn(*file.link_keys.values())
        return file

    def reopen(self) -> Unsealed:
        """Break the seal: the file is removed, the pairs stay.

        Raises:
            NotOffered: the site is not sealed.
        """
        return self._conversation.understand(Unsealed, self._conversation.http.delete(COMMISSION))

    def is_sealed(self) -> bool:
        """Whether there is a sealed file.

        Raises:
            NotOffered: this firmware has no such endpoint (405, a redirect); 404 means no file.
        """
        try:
            self.agent_file()
        except NotOffered as none:
            if none.status != 404:
                raise
            return False
        return True

    def reset_device(self, serial_number: str) -> None:
        """Start a device anew; returns at once. What the answer holds is not known.

        Raises:
            Refused: the gateway did not take it; NotOffered where it knows no such device.
        """
        self.reset_device_raw({"serial_num": serial_number})

    def reset_device_raw(self, body: Mapping[str, object] | str | bytes) -> None:
        """POST any body, legal or not."""
        self._conversation.accept(self._conversation.send(RESET_DEVICE, body))

    def _per_serial(self, reply: Reply) -> ProvisionAnswer:
        # 400 as soon as one device failed (interface page): with a result for each, or with an
        # explanation only, where nothing was understood.
        if reply.status == 400 and '"serial_nums"' in reply.text:
            return ProvisionAnswer.of(self._conversation.read(ProvisionReply, reply), ok=False)
        return ProvisionAnswer.of(self._conversation.understand(ProvisionReply, reply), ok=True)
