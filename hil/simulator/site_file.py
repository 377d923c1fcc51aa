"""Site files: the truth behind a simulated rig. Drivers and tests never see them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)

from hil.errors import RigFileError
from hil.files.closed_yaml import Closed, Misfit, read_closed
from hil.files.forms import SerialNumber
from hil.simulator.day_profile import seconds_of
from hil.simulator.generations import DER_INDEX, ENSEMBLE, LIST_DELETE, WEB_TOKENS
from hil.simulator.installer_password import installer_password
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.identity import Firmware

Eui64 = Annotated[str, Field(pattern=r"^[0-9A-F]{16}$")]
LinkKey = Annotated[str, Field(pattern=r"^[0-9A-F]{32}$", repr=False)]


def _firmware(value: object) -> object:
    if isinstance(value, Firmware):
        return value
    if isinstance(value, str):
        return Firmware.parse(value)
    raise ValueError('a firmware version in quotes is wanted, such as "D8.2.127"')


class Access(StrEnum):
    """How the gateway lets clients in."""

    OPEN = "open"
    """As on its own loopback: plain HTTP, nobody is asked who they are."""
    DIGEST = "digest"
    """Firmware before 7: plain HTTP and digest."""
    TOKEN = "token"
    """Firmware 7 and later: HTTPS, tokens and the sessions they buy."""


_Version = Annotated[InstanceOf[Firmware], BeforeValidator(_firmware)]


class GatewayTruth(Closed):
    """The Envoy of the site."""

    serial_number: SerialNumber
    part_number: str
    firmware: _Version
    other_firmware: _Version | None = None
    """Another one that lies on its disk, and can be installed."""
    pan_id: Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")]
    extended_pan_id: Annotated[str, Field(pattern=r"^[0-9A-F]{16}$")]
    channel: Annotated[int, Field(ge=11, le=26)]
    access: Annotated[Access, Field(strict=False)] = Access.OPEN
    temperature_c: int = 38
    """Of its own board."""
    installer_password: Annotated[str | None, Field(min_length=1, repr=False)] = None
    """With `access: digest`. None: it follows from the serial number, as on a real gateway."""

    @property
    def password_of_installer(self) -> str:
        """Whichever it is."""
        return self.installer_password or installer_password(self.serial_number)

    @model_validator(mode="after")
    def _is_a_way_in_of_its_firmware(self) -> Self:
        if self.access is not Access.OPEN:
            wanted = Access.TOKEN if WEB_TOKENS.of(self.firmware) else Access.DIGEST
            if self.access is not wanted:
                raise Misfit(
                    f"firmware {self.firmware} lets in by {wanted} (tokens came with 7)",
                    at=("access",),
                )
        return self

    @model_validator(mode="after")
    def _can_be_updated(self) -> Self:
        other = self.other_firmware
        if other is None:
            return self
        if other == self.firmware:
            raise Misfit("that is what it runs; another is wanted, or none", at=("other_firmware",))
        kept = {
            "web server": WEB_TOKENS,
            "Ensemble": ENSEMBLE,
            "way of deleting devices": LIST_DELETE,
            "rule of DER indexes": DER_INDEX,
        }
        for what, feature in kept.items():
            if feature.of(other) != feature.of(self.firmware):
                raise Misfit(
                    f"a simulated gateway keeps its {what}; {other} has another than {self.firmware}",
                    at=("other_firmware",),
                )
        return self


class NodeTruth(Closed):
    """What every Zigbee device on the site has."""

    serial_number: SerialNumber
    part_number: str
    app_firmware: str
    radio_firmware: str
    radio_bootloader: str
    mac: Eui64
    link_key: LinkKey


class EnpowerTruth(NodeTruth):
    """The system switch."""

    device_type: Literal[DeviceType.ENPOWER] = DeviceType.ENPOWER
    temperature_f: int = 77
    manual_override: bool = False
    """Whether somebody has moved its contactor by hand: it obeys no command until it is reset."""


class EnchargeTruth(NodeTruth):
    """A battery."""

    device_type: Literal[DeviceType.ENCHARGE] = DeviceType.ENCHARGE
    bmu_firmware: str
    revision: int
    capacity_wh: int
    rated_power_w: int
    soc_pct: float
    phase: Literal[1, 2, 3]
    der_index: Literal[1, 2, 3]
    temperature_c: int = 25


class InverterTruth(Closed):
    """A microinverter. `eid` is that of its controller, as `/ivp/adc/record` takes it."""

    serial_number: SerialNumber
    eid: int
    rated_power_w: int = 290
    array: str = "roof"
    """Which of the site's arrays its panel belongs to."""


class WiringTruth(Closed):
    """How the site is wired, and which Ensemble release it was built to."""

    phases: Literal["split-phase", "three-phase"]
    ensemble: Literal["1.5", "2.0"]

    @property
    def legs(self) -> int:
        """Live conductors that carry power."""
        return 3 if self.phases == "three-phase" else 2


ACTED_BY = ("uv_fast_ms", "reconnect_s", "ramp_pct_s")
"""Of record `tpm`: what simulated devices go by. Others are shown."""


def _acted_by(tpm: dict[str, float]) -> dict[str, float]:
    if missing := [key for key in ACTED_BY if key not in tpm]:
        raise ValueError(f"{', '.join(missing)} is wanted too: the devices go by it")
    return tpm


class ProfileTruth(Closed):
    """A grid profile and the records it puts into every device."""

    name: str
    id: str
    version: str
    item_count: int
    fpf: dict[str, object]
    vrt: dict[str, list[dict[str, float]]]
    frt: dict[str, list[dict[str, float]]]
    tpm: Annotated[dict[str, float], AfterValidator(_acted_by)]


def _day(value: object) -> object:
    if isinstance(value, dict):
        if not value:
            raise ValueError('times of day with a power each are wanted, such as {"06:30": 120}')
        for time in value:
            if not isinstance(time, str):
                raise ValueError('a time of day in quotes is wanted, such as "06:30"')
            seconds_of(time)
    return value


DayPower = Annotated[float | dict[str, float], BeforeValidator(_day)]
"""W: always the same, or at times of day (UTC) with straight lines between them."""


class EnergyTruth(Closed):
    """What the sun and the house do."""

    pv_w: DayPower
    """What the sun would have all arrays give together; no inverter gives more than its rating."""
    load_w: DayPower
    reserve_pct: float
    arrays: dict[str, float] = Field(default_factory=lambda: {"roof": 1.0})
    """Share of the sun that falls on each array; they sum to 1."""
    load_shares: tuple[float, ...] | None = Field(default=None, strict=False)
    """Share of the load on each live leg; None: on all alike."""

    @model_validator(mode="after")
    def _shares_are_whole(self) -> Self:
        for key, shares in (("arrays", self.arrays.values()), ("load_shares", self.load_shares)):
            if shares is not None and abs(sum(shares) - 1) > 1e-6:
                raise Misfit(f"the shares sum to {sum(shares):g}, not to 1", at=(key,))
        return self


class GeneratorTruth(Closed):
    """A standby generator at the Enpower, as it was set up; the rating of its name plate."""

    max_cont_gen_amps: float
    min_gen_loading_perc: int
    max_gen_efficiency_perc: int
    name_plate_rating_kw: float
    start_method: Literal["Auto", "Manual"]
    warm_up_mins: int
    cool_down_mins: int
    model: str
    manufacturer: str
    start_soc_pct: int
    stop_soc_pct: int


class GridTruth(Closed):
    """The utility of the site: line to neutral, rms."""

    nominal_v: float
    nominal_hz: float


class ImagesTruth(Closed):
    """Firmware that the gateway holds for its devices."""

    encharge: str
    enpower: str


class SiteFile(Closed):
    """One simulated site."""

    name: str
    description: str
    wiring: WiringTruth
    gateway: GatewayTruth
    enpower: EnpowerTruth | None = None
    """None: batteries only, without a system switch; such a site has no backup."""
    encharges: tuple[EnchargeTruth, ...] = Field(strict=False)
    """May be none; no rig file leads to such a site then, since a rig has a battery."""
    inverters: tuple[InverterTruth, ...] = Field(default=(), strict=False)
    generator: GeneratorTruth | None = None
    images: ImagesTruth | None = None
    """None: it holds none, and updates nothing."""
    profile: ProfileTruth
    previous_profile: ProfileTruth
    """What was active before `profile`: the site's past ends with the change from one to the other."""
    energy: EnergyTruth
    grid: GridTruth = GridTruth(nominal_v=120.0, nominal_hz=60.0)

    @model_validator(mode="after")
    def _everything_has_its_place(self) -> Self:
        if self.nodes and not ENSEMBLE.of(self.gateway.firmware):
            raise Misfit(
                f"{self.gateway.firmware} knows no Enpower and no Encharge yet",
                at=("gateway", "firmware"),
            )
        for index, inverter in enumerate(self.inverters):
            if inverter.array not in self.energy.arrays:
                known = ", ".join(self.energy.arrays)
                raise Misfit(
                    f"no array is called {inverter.array!r}; there are: {known}",
                    at=("inverters", index, "array"),
                )
        shares, legs = self.energy.load_shares, self.wiring.legs
        if shares is not None and len(shares) != legs:
            raise Misfit(f"{len(shares)} shares for {legs} legs", at=("energy", "load_shares"))
        return self

    @property
    def nodes(self) -> tuple[EnpowerTruth | EnchargeTruth, ...]:
        """Every Zigbee device, the Enpower first."""
        return ((self.enpower,) if self.enpower else ()) + self.encharges


def load_site(path: Path) -> SiteFile:
    """Read a site file.

    Raises:
        RigFileError: it is not there, no YAML, or breaks the schema; names the key.
    """
    return read_closed(path, SiteFile, kind="site file")


def with_gateway(truth: SiteFile, **changes: object) -> SiteFile:
    """The same site with another gateway: `firmware`, `access`, … With other firmware it holds no
    further one.

    Raises:
        RigFileError: such a gateway does not exist.
    """
    dropped = {"other_firmware": None} if "firmware" in changes else {}
    gateway = {**dict(truth.gateway), **dropped, **changes}
    try:
        return truth.model_copy(update={"gateway": GatewayTruth.model_validate(gateway)})
    except ValidationError as error:
        reasons = "; ".join(detail["msg"] for detail in error.errors())
        raise RigFileError(f"{truth.name}: {reasons}") from error
