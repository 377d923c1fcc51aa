"""Everything of the gateway that can be looked at without changing anything, by path."""

from collections.abc import Mapping

from pydantic import BaseModel

from hil.envoy import (
    control_settings,
    device_inventory,
    dry_contacts,
    ensemble,
    firmware_manager,
    generator,
    grid_profile,
    home,
    inverters_status,
    livedata,
    meter_readings,
    meters,
    own_temperature,
    pcs_der,
    pdm,
    pel,
    production,
    relaxed_params,
    secondary_control,
    tariff,
    zigbee,
    zigbee_documents,
)
from hil.envoy.conversation import INFO_PATH
from hil.envoy.ensemble_status import EnsembleStatus
from hil.envoy.inventory import Inventory
from hil.envoy.power import EnsemblePower
from hil.envoy.raw_data import RawData
from hil.envoy.relay import Relay
from hil.envoy.sealed_devices import SealedDevices
from hil.envoy.submodules import SubModules

READS: Mapping[str, type[BaseModel]] = {
    ensemble.INVENTORY: Inventory,
    ensemble.STATUS: EnsembleStatus,
    ensemble.RELAY: Relay,
    ensemble.DEVICES: SealedDevices,
    ensemble.POWER: EnsemblePower,
    ensemble.SUBMODULES: SubModules,
    ensemble.RAW_DATA: RawData,
    ensemble.DRY_CONTACTS: dry_contacts.DryContacts,
    ensemble.SECONDARY_CONTROL: secondary_control.SecondaryControl,
    ensemble.GENERATOR: generator.Generator,
    grid_profile.ARF: grid_profile.ProfileSummary,
    grid_profile.ACTIVE: grid_profile.ActiveProfile,
    grid_profile.RECORD: grid_profile.InverterRecord,
    inverters_status.INVERTERS_STATUS: inverters_status.InvertersStatus,
    relaxed_params.ADD: relaxed_params.RelaxedParameterFile,
    firmware_manager.STATE: firmware_manager.FirmwareState,
    livedata.STATUS: livedata.LiveStatus,
    livedata.COUNTERS: livedata.LiveCounters,
    livedata.METERS: livedata.LiveMeters,
    livedata.TASKS: livedata.LiveTasks,
    meters.METERS: meters.MeterList,
    meter_readings.READINGS: meter_readings.Readings,
    meter_readings.REPORTS: meter_readings.Reports,
    meter_readings.GRID_READING: meter_readings.PhaseReadings,
    meter_readings.PV_READING: meter_readings.PhaseReadings,
    production.PAGE: production.ProductionPage,
    production.TOTALS: production.Totals,
    production.INVERTERS: production.InverterReports,
    pdm.ENERGY: pdm.Energy,
    pdm.DEVICE_DATA: pdm.DeviceData,
    home.HOME: home.HomePage,
    device_inventory.INVENTORY: device_inventory.DeviceInventory,
    device_inventory.ACB_CONFIG: device_inventory.AcbConfig,
    own_temperature.OWN_TEMPERATURE: own_temperature.OwnTemperature,
    secondary_control.SC_STATUS: secondary_control.ControlStatus,
    control_settings.PV_LIMIT: control_settings.PvLimit,
    control_settings.THIRD_PARTY_PV: control_settings.ThirdPartyPv,
    tariff.TARIFF: tariff.TariffDocument,
    pel.PEL: pel.PelSettings,
    pcs_der.PCS: pcs_der.PcsSettings,
    pcs_der.DER: pcs_der.DerSettings,
    dry_contacts.DRY_CONTACT_SETTINGS: dry_contacts.DryContactUses,
    generator.GEN_CONFIG: generator.GeneratorConfig,
    generator.GEN_MODE: generator.GeneratorMode,
    generator.GEN_SCHEDULE: generator.GeneratorSchedule,
    zigbee.STATUS: zigbee_documents.ZigbeeStatus,
    zigbee.PAIRING_STATUS: zigbee_documents.PairingStatus,
    zigbee.COMMISSION: zigbee_documents.AgentFile,
}
"""What the client GETs as JSON, and what it reads it as; `/info` beside it is XML."""

VARYING: Mapping[str, type[BaseModel]] = {
    f"{ensemble.RAW_DATA}/<serial number>": RawData,
    f"{grid_profile.RECORD}?eid=<eid>": grid_profile.InverterRecord,
    f"{meters.METERS}/<eid>": meters.Meter,
    inverters_status.OLD_PATH: inverters_status.InvertersStatus,
    f"{inverters_status.OLD_PATH}.json": inverters_status.InvertersStatus,
}
"""Read as well, at a path that differs by device or by firmware."""

SAID_TWICE: Mapping[str, type[BaseModel]] = {
    "/home.json": home.HomePage,
    "/inventory": device_inventory.DeviceInventory,
    "/inventory.json": device_inventory.DeviceInventory,
    "/production": production.ProductionPage,
    "/production.json": production.ProductionPage,
}
"""Read as well, and the same documents as at the paths above: minutes of a gateway's time."""

UNREAD = (
    "/inv",
    "/ivp/ensemble/device_list",
    "/ivp/ensemble/profile_status",
    "/ivp/pdm/production",
    "/ivp/sc/sched",
    "/ivp/ss/enc_settings",
)
"""What gateways have and real clients ask for, and nobody here reads."""

ASKS_MORE_THAN_A_LOOK = {
    control_settings.SET_POINT: "what a GET of it does is nowhere described",
    livedata.TEST: "what a GET of it does is nowhere described",
    "/ivp/ensemble/comm_check": "it makes the gateway ask every device",
    "/stream/meter": "it never ends",
}
"""Left out by whoever looks at everything, and why."""

KNOWN = (INFO_PATH, *READS, *VARYING, *SAID_TWICE, *UNREAD)
"""Every view, `<…>` where it varies."""


def read_as(path: str) -> type[BaseModel] | None:
    """How the answer to a GET of `path` (with its query) is read; None where nobody reads it."""
    known = {**READS, **VARYING, **SAID_TWICE}
    bare = path.partition("?")[0]
    for each in (path, bare):
        if each in known:
            return known[each]
    if bare.removeprefix(f"{meters.METERS}/").isdecimal():
        return meters.Meter
    return RawData if path.startswith(f"{ensemble.RAW_DATA}/") else None
