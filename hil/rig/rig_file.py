"""What a rig file may say: everything a run needs to know of a bench. Keys: `rigs/README.md`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationInfo,
    model_validator,
)

from hil.files.closed_yaml import Closed, Key, Misfit, spelled
from hil.files.forms import FirmwareText, PromiseId, PromiseOrArea, SerialNumber
from hil.rig.addresses import THROUGH_SHELL, ControlSocket, RigName, ZigbeeMac
from hil.rig.console_entry import ConsoleEntry, DialectEntry, RiggedConsole
from hil.rig.envoy_entry import EnvoyEntry
from hil.rig.instruments import InstrumentsEntry
from hil.rig.secrets import LinkKeyReference, SecretReference
from hil.transports.recording import RecordingRules
from hil.vocabulary.capabilities import Capability
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.identity import Firmware

LIST_DELETE_SINCE = Firmware((6, 0, 92))
"""Source: the interface page, as of the next."""
DER_INDEX_SINCE = Firmware((8, 1))


def _whose_time(value: object) -> str:
    is_simulated = isinstance(value, SimulatorClockEntry) or (
        isinstance(value, dict) and "simulator" in value
    )
    return "a simulator's" if is_simulated else "the wall's"


def _one_clock(value: object) -> object:
    if isinstance(value, dict) and {"wall", "simulator"} <= value.keys():
        raise ValueError("write wall or simulator, only one of them")
    if value == {}:
        raise ValueError("write wall or simulator, nothing is here")
    return value


class DeviceEntry(Closed):
    """What every Zigbee device on the bench has."""

    device_type: ClassVar[DeviceType]

    serial_number: SerialNumber
    console: ConsoleEntry
    zigbee_mac: ZigbeeMac
    link_key: LinkKeyReference
    dialect: DialectEntry = Field(default_factory=dict)
    """What this device's console says otherwise than `hil/consoles/dialect.py`, unchecked here."""


class EnpowerEntry(DeviceEntry):
    """The system switch."""

    device_type: ClassVar[DeviceType] = DeviceType.ENPOWER


class EnchargeEntry(DeviceEntry):
    """A battery. `phase` and `der_index` go into its provisioning body where they are given."""

    device_type: ClassVar[DeviceType] = DeviceType.ENCHARGE

    phase: Literal[1, 2, 3] | None = None
    der_index: Literal[1, 2, 3] | None = None


class RecordingEntry(Closed):
    """How consoles are recorded: for how long a lost line is tried again, how much is kept."""

    reopen_within_s: Annotated[float, Field(gt=0)] | None = None
    """Wall seconds; None: as long as the run lasts."""
    log_megabytes: Annotated[int, Field(gt=0)] = 64
    """A console's log goes on in another file when it has so many."""
    logs_kept: Annotated[int, Field(ge=0)] = 100
    """How many such files of each console stay, besides the one that is written."""
    free_megabytes: Annotated[int, Field(ge=0)] = 200
    """Room on the disk of the logs without which no run begins."""

    @property
    def rules(self) -> RecordingRules:
        """The same for the recorder."""
        return RecordingRules(
            reopen_within_s=self.reopen_within_s,
            log_bytes=self.log_megabytes << 20,
            logs_kept=self.logs_kept,
        )


class InverterEntry(Closed):
    """A microinverter. `eid` is that of its controller, as `/ivp/adc/record` takes it."""

    serial_number: SerialNumber
    eid: Annotated[int, Field(gt=0)]


class SiteEntry(Closed):
    """How the bench is wired, and which Ensemble release it is: where batteries may hang."""

    phases: Literal["split-phase", "three-phase"]
    ensemble: Literal["1.5", "2.0"]


class GridProfileEntry(Closed):
    """A grid profile by name and version, as the gateway spells them."""

    name: str
    version: str


class Expected(Closed):
    """What is to be tested; another build on the bench is the bench's fault."""

    firmware: FirmwareText
    grid_profile: GridProfileEntry


class DeviceFirmware(Closed):
    """What the gateway holds for its devices, as `devinfo` says it once it is installed."""

    encharge: str
    enpower: str | None = None


class GatewayUpdateEntry(Closed):
    """How other firmware is put into the gateway: command lines for its shell, that begin it."""

    firmware: FirmwareText
    install: str
    put_back: str
    """For the one of `expected.firmware`."""
    within_s: Annotated[float, Field(gt=0)] = 1800.0
    """Rig seconds until the gateway is up with it."""


class WallTime(Closed):
    """`speed` is in rig seconds per wall second: 1 on a bench."""

    speed: Annotated[float, Field(gt=0)] = 1.0


class SimulatorTime(Closed):
    """`control` is the socket on which virtual time is told to move: `unix:/PATH`."""

    control: ControlSocket


class WallClockEntry(Closed):
    """The rig lives in the wall's time, or a multiple of it where it is a paced simulator."""

    wall: WallTime


class SimulatorClockEntry(Closed):
    """The rig lives in a simulator's virtual time."""

    simulator: SimulatorTime


ClockEntry = Annotated[
    Annotated[WallClockEntry, Tag("the wall's")]
    | Annotated[SimulatorClockEntry, Tag("a simulator's")],
    Discriminator(_whose_time),
    BeforeValidator(_one_clock),
]


class _Located(Closed):
    """What knows which file it was read from."""

    _path: Path = PrivateAttr()

    @model_validator(mode="after")
    def _remember_the_path(self, info: ValidationInfo) -> Self:
        self._path = info.context["path"] if info.context else Path("a rig file")
        return self

    @property
    def path(self) -> Path:
        """Where it was read from."""
        return self._path

    @property
    def folder(self) -> Path:
        """What the paths in it start from."""
        return self._path.parent


class RigFile(_Located):
    """One bench, or a running simulator that looks like one."""

    name: RigName
    description: str = ""
    site: SiteEntry | None = None
    envoy: EnvoyEntry
    enpower: EnpowerEntry | None = None
    """None: batteries only, without a system switch."""
    encharges: tuple[EnchargeEntry, ...] = Field(min_length=1, strict=False)
    inverters: tuple[InverterEntry, ...] = Field(default=(), strict=False)
    expected: Expected
    second_grid_profile: GridProfileEntry | None = None
    """Another one that the gateway has, and that a test may activate for a while."""
    dialects: str | None = None
    """A file with entries for each kind of console, from this file's folder, as `hil learn` proposes one."""
    firmware_update: DeviceFirmware | None = None
    """Tests may have it installed; nobody can put the old one back."""
    gateway_update: GatewayUpdateEntry | None = None
    """Tests may put other firmware into the gateway, and put the expected one back."""
    debug_endpoints: bool = False
    """Whether tests may ask what nobody has described the effect of."""
    instruments: InstrumentsEntry = InstrumentsEntry()
    recording: RecordingEntry = RecordingEntry()
    clock: ClockEntry = WallClockEntry(wall=WallTime())
    safe_within_s: Annotated[float, Field(gt=0)] = 900.0
    """Rig seconds after which the rig must have reached its safe state."""
    lease_s: Annotated[float, Field(ge=1)] = 60.0
    """Wall seconds that a run may give no sign of life before its rig is made safe."""
    confirmed: tuple[PromiseId, ...] = Field(default=(), strict=False)
    """Promises of grade *assumed* that this lab has found true: broken, they are the product's."""
    must_prove: tuple[PromiseOrArea, ...] = Field(default=(), strict=False)
    """Promises, or areas of them, without whose proof a run is not green."""

    @model_validator(mode="after")
    def _an_update_has_a_shell_and_other_firmware(self) -> Self:
        if (update := self.gateway_update) is None:
            return self
        if Firmware.parse(update.firmware) == Firmware.parse(self.expected.firmware):
            raise Misfit("that is the expected one", at=("gateway_update", "firmware"))
        if self.envoy.shell is None:
            raise Misfit(
                "that needs envoy.shell, where its commands are run", at=("gateway_update",)
            )
        return self

    @model_validator(mode="after")
    def _nothing_stands_for_two(self) -> Self:
        for name in ("serial_number", "console.port", "zigbee_mac"):
            seen: dict[object, Key] = {}
            for key, value in self._values_of(name):
                if value in seen:
                    raise Misfit(f"{value!r} is that of {spelled(seen[value])} already", at=key)
                seen[value] = key[: -len(name.split("."))]
        if self.second_grid_profile == self.expected.grid_profile:
            raise Misfit(
                "that is the expected one; another is wanted, or none", at=("second_grid_profile",)
            )
        for place, secret in self.secrets.items():
            secret.known_as(f"{self.path}: {place}")
        return self

    @property
    def devices(self) -> tuple[EnpowerEntry | EnchargeEntry, ...]:
        """Every Zigbee device, the Enpower first."""
        return ((self.enpower,) if self.enpower else ()) + self.encharges

    @property
    def consoles(self) -> tuple[RiggedConsole, ...]:
        """Every serial line to be recorded: the devices', and the gateway's where it has one."""
        lines = [
            RiggedConsole(
                device.serial_number,
                f"{device.device_type.name.lower()} {device.serial_number}",
                device.console,
            )
            for device in self.devices
        ]
        if (serial := self.envoy.serial_shell) is not None:
            number = self.envoy.serial_number
            lines.append(RiggedConsole(number, f"envoy {number}", serial.console))
        return tuple(lines)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What tests may need of a bench, as it follows from what the file describes."""
        phases = self.site.phases if self.site else None
        deletes_lists = Firmware.parse(self.expected.firmware) >= LIST_DELETE_SINCE
        switch, attenuator = self.instruments.power_switch, self.instruments.attenuator
        there = {
            Capability.POWER_SWITCH: switch is not None
            and all(device.serial_number in switch.outlets for device in self.devices),
            Capability.GATEWAY_POWER: switch is not None
            and self.envoy.serial_number in switch.outlets,
            Capability.RAPID_SHUTDOWN: switch is not None and switch.rapid_shutdown is not None,
            Capability.GRID_SOURCE: self.instruments.ac_source is not None,
            Capability.WEAK_RADIO: attenuator is not None and attenuator.weak_db is not None,
            Capability.RADIO_ATTENUATOR: attenuator is not None
            and all(device.serial_number in attenuator.channels for device in self.devices),
            Capability.ENPOWER: self.enpower is not None,
            Capability.TWO_BATTERIES: len(self.encharges) > 1,
            Capability.INVERTERS: bool(self.inverters),
            Capability.LIST_DELETE: deletes_lists,
            Capability.SINGLE_DELETE: not deletes_lists,
            Capability.INVERTER_POWER: switch is not None
            and any(each.serial_number in switch.outlets for each in self.inverters),
            Capability.SECOND_GRID_PROFILE: self.second_grid_profile is not None,
            Capability.FIRMWARE_UPDATE: self.firmware_update is not None,
            Capability.GATEWAY_UPDATE: self.gateway_update is not None,
            Capability.SPLIT_PHASE: phases == "split-phase",
            Capability.THREE_PHASE: phases == "three-phase",
            Capability.GATEWAY_SHELL: self.envoy.shell is not None,
            Capability.DER_INDEX: Firmware.parse(self.expected.firmware) >= DER_INDEX_SINCE,
            Capability.TOKEN_ACCESS: self.envoy.auth.bearer is not None,
            Capability.WEAKER_TOKEN: self.envoy.other_tokens.weaker is not None,
            Capability.ENDED_TOKEN: self.envoy.other_tokens.ended is not None,
            Capability.DEBUG_ENDPOINTS: self.debug_endpoints,
            Capability.HIGH_BACKUP_SOC: self.envoy.high_backup_soc_path is not None,
            Capability.GATEWAY_WIRE: self.envoy.url != THROUGH_SHELL,
        }
        return frozenset(name for name, is_so in there.items() if is_so)

    @property
    def secrets(self) -> dict[str, SecretReference]:
        """Every secret it points to, by its key."""
        references: dict[str, SecretReference] = {}
        if self.enpower is not None:
            references["enpower.link_key"] = self.enpower.link_key
        for index, encharge in enumerate(self.encharges):
            references[f"encharges[{index}].link_key"] = encharge.link_key
        return references | {f"envoy.{key}": each for key, each in self.envoy.secrets.items()}

    def _values_of(self, name: str) -> Iterator[tuple[Key, object]]:
        """The key and value of `name` of everything on the bench that has it."""
        parts: list[tuple[Key, Closed]] = [(("envoy",), self.envoy)]
        if (serial := self.envoy.serial_shell) is not None:
            parts.append((("envoy", "shell", "serial"), serial))
        if self.enpower is not None:
            parts.append((("enpower",), self.enpower))
        parts += [(("encharges", index), each) for index, each in enumerate(self.encharges)]
        parts += [(("inverters", index), each) for index, each in enumerate(self.inverters)]
        steps = tuple(name.split("."))
        for key, part in parts:
            value: object = part
            for step in steps:
                value = getattr(value, step, None)
            if value is not None:
                yield (*key, *steps), value


class SimulatedRigFile(_Located):
    """A rig that is started when it is needed; everything else stands in its site file."""

    name: RigName
    description: str = ""
    simulate: str
    """The site file, or a capture's folder, from this file's folder."""
    without_lan: bool = False
    """Whether the gateway's interface is reached through its shell only."""
    shell: Literal["ssh", "serial"] = "ssh"
    """How the gateway's shell is reached."""
    access: Literal["open", "digest", "token"] | None = None
    """How its gateway lets in; None: as its site file says."""

    @property
    def site(self) -> Path:
        """The site file to simulate."""
        return self.folder / self.simulate
