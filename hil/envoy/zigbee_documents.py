"""The bodies of `/ivp/zb`. Assumed (docs/wires/envoy-rest.md) unless a source is given."""

from collections.abc import Mapping

from pydantic import Field, JsonValue

from hil.envoy.document import Document, NetworkModeWord, PairingWord, SecretText
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import NetworkMode, PairingState


class JoinedNode(Document):
    """A device in the radio network."""

    serial_num: str
    mac_addr: str
    """EUI-64, 16 hexadecimal digits."""
    node_id: str
    """Its address in the network, 4 hexadecimal digits."""


class ClientDevice(Document):
    """A device that the radio process serves, joined or not."""

    serial_num: str
    device_type: int


class RadioState(Document):
    """The keys are a public capture's (7.0.88, without a radio), blanks and all."""

    is_device_connected: bool = Field(alias="zb is_device_connected")
    is_init_done: bool = Field(alias="zb is_init_done")
    max_pyld_size: int = Field(alias="zb max_pyld_size")
    num_joined_nodes: int = Field(alias="zb num_joined_nodes")
    joined_nodes: tuple[JoinedNode, ...] = Field(alias="zb joined_nodes")
    num_client_devices: int
    client_devices: tuple[ClientDevice, ...]
    # The other radio, of which no device is tested here.
    ieee_is_device_connected: bool | None = Field(
        alias="ieee_15_4 is_device_connected", default=None
    )
    ieee_is_init_done: bool | None = Field(alias="ieee_15_4 is_init_done", default=None)
    ieee_max_pyld_size: int | None = Field(alias="ieee_15_4 max_pyld_size", default=None)
    ieee_num_joined_nodes: int | None = Field(alias="ieee_15_4 num_joined_nodes", default=None)
    ieee_joined_nodes: JsonValue = Field(alias="ieee_15_4 joined_nodes", default=None)


class RadioCounters(Document):
    """Since the start of the process. What follows the first is kept as it came."""

    described = False

    zigbee_counters: dict[str, int]
    """`rx_packets`, `tx_err`, `rx_hello_msg`, … Source: a public capture."""
    buffer_pool: dict[str, int] | None = None
    """Of the messages to and from the radio. Source: a public capture (7.0.88)."""

    @property
    def buffers_in_use(self) -> int | None:
        """None where the gateway does not say."""
        return None if self.buffer_pool is None else self.buffer_pool.get("buffer_pool_in_use")


class ZigbeeStatus(Document):
    """`/ivp/zb/status`."""

    state: RadioState
    counters: RadioCounters

    @property
    def joined_serial_numbers(self) -> list[str]:
        return [node.serial_num for node in self.state.joined_nodes]


class PairingEntry(Document):
    """How far one device is."""

    serial_num: str
    device_type: int
    status: PairingWord


class PairingStatus(Document):
    """`/ivp/zb/pairing_status`. Source of the outer shape: a public capture."""

    mode: NetworkModeWord = Field(alias="Zigbee Network Mode")
    """Whether devices may join."""
    serial_nums: tuple[PairingEntry, ...]

    @property
    def states(self) -> Mapping[str, PairingState | str]:
        """By serial number."""
        return {entry.serial_num: entry.status for entry in self.serial_nums}

    @property
    def joining_is_allowed(self) -> bool:
        return self.mode == NetworkMode.JOIN_ENABLED


class ProvisionResult(Document):
    """One element of the answer, for one device."""

    serial_num: str
    status: str
    reason: str | None = None


class ProvisionReply(Document):
    """The answer to provisioning and deleting."""

    serial_nums: tuple[ProvisionResult, ...]


class Sealed(Document):
    """The answer to sealing."""

    status: str
    commission_time: int
    """UNIX seconds."""


class Unsealed(Document):
    """The answer to breaking the seal."""

    status: str


class AgentDevice(Document):
    """A device in the sealed file."""

    serial_num: str
    mac_addr: str
    device_type: int
    link_key: SecretText


class AgentFile(Document):
    """The radio process's own file. That it holds the keys is the interface page's."""

    commission_time: int
    """UNIX seconds."""
    pan_id: str
    extended_pan_id: str
    channel: int
    """11 to 26."""
    devices: tuple[AgentDevice, ...]

    @property
    def link_keys(self) -> Mapping[str, Secret]:
        """By serial number."""
        return {device.serial_num: device.link_key for device in self.devices}
