"""What pyenphase writes to a simulated gateway takes effect on the site; what its own rules refuse is refused."""

from collections.abc import Iterator

import pytest
from pyenphase import Envoy
from pyenphase.exceptions import EnvoyFeatureNotAvailable
from pyenphase.models.dry_contacts import DryContactStatus
from pyenphase.models.tariff import EnvoyStorageMode

from hil.simulator.process import Running
from hil.simulator.site import Site
from hil.simulator.site_file import Access
from hil.vocabulary.grid import MainsState
from selftest.clients.pyenphase_client import (
    WITH_ENSEMBLE,
    credentials,
    using,
)
from selftest.simulator.access.asking import gateway, let_rig_time_pass

RELAY_S, CONTACTS_S = 90.0, 100.0
"""Rig seconds until a command has been carried out, and until contacts are told as they are."""


@pytest.fixture(scope="module", params=WITH_ENSEMBLE, ids=lambda each: f"{each[0]}-{each[1]}")
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    firmware, access = request.param
    with gateway(firmware, access, "split-phase-generator") as running:
        yield running


def test_it_commands_relay_contacts_and_generator(running: Running) -> None:
    site: Site = running.simulation.site

    async def use(client: Envoy) -> None:
        await client.update()
        await client.go_off_grid()
        let_rig_time_pass(running, RELAY_S)
        assert site.relay.is_open
        switch = (await client.update()).enpower
        assert switch is not None
        assert (switch.mains_admin_state, switch.mains_oper_state[:4]) == ("open", "open")
        await client.go_on_grid()
        let_rig_time_pass(running, RELAY_S)
        assert (site.relay.admin, site.relay.is_open) == (MainsState.CLOSED, False)

        await client.update()
        await client.update_dry_contact({"id": "NC1", "load_name": "Sauna", "soc_low": 25.0})
        let_rig_time_pass(running, CONTACTS_S)
        assert site.settings.contacts["NC1"].load_name == "Sauna"
        assert (await client.update()).dry_contact_settings["NC1"].soc_low == 25.0
        for act, word in ((client.open_dry_contact, "open"), (client.close_dry_contact, "closed")):
            await act("NO2")
            let_rig_time_pass(running, 5.0)
            assert site.contacts.states["NO2"] == word
            told = (await client.update()).dry_contact_status["NO2"].status
            assert told is DryContactStatus(word)

        await client.set_generator_mode("off")
        assert site.settings.gen_mode is not None
        assert site.settings.gen_mode.gen_cmd == "off"
        await client.update_generator_schedule({"default_start_soc": 25, "exercise_day": "mon"})
        assert site.settings.gen_schedule is not None
        assert site.settings.gen_schedule.default_soc.start_soc == 25
        await client.set_generator_charge_from_generator(False)
        assert site.settings.gen_config is not None
        assert site.settings.gen_config.charge_from_generator is False

    using(running, use, credentials(running))


def test_it_writes_the_tariff(running: Running) -> None:
    site = running.simulation.site
    firmware = str(site.truth.gateway.firmware)

    async def use(client: Envoy) -> None:
        await client.update()
        if firmware == "6.2.0":  # the tariff of that firmware has no storage settings
            with pytest.raises(EnvoyFeatureNotAvailable):
                await client.set_reserve_soc(30)
            return
        await client.set_storage_mode(EnvoyStorageMode.BACKUP)
        await client.set_reserve_soc(35)
        await client.enable_charge_from_grid()
        storage = site.settings.tariff.storage_settings
        assert (storage.mode, storage.reserved_soc) == ("backup", 35)
        assert storage.charge_from_grid is True
        assert site.energy.reserve_pct == 35.0
        # It acts: in backup mode, and from the grid, the batteries fill up.
        assert site.energy.flows.storage_mw == -2_560_000
        await client.disable_charge_from_grid()
        assert site.settings.tariff.storage_settings.charge_from_grid is False
        told = (await client.update()).tariff
        assert told is not None
        assert told.storage_settings is not None
        assert told.storage_settings.reserved_soc == 35

    using(running, use, credentials(running))


def test_before_ensemble_it_refuses_what_there_is_not() -> None:
    with gateway("5.0.62", Access.DIGEST, "split-phase-generator") as running:

        async def use(client: Envoy) -> None:
            await client.update()
            for act in (
                client.go_off_grid(),
                client.open_dry_contact("NC1"),
                client.set_generator_mode("off"),
                client.set_reserve_soc(30),
            ):
                with pytest.raises(EnvoyFeatureNotAvailable):
                    await act

        using(running, use, credentials(running))
        assert not [each for each in running.simulation.site.rest_hits if each[0] != "GET"]


def test_with_the_clouds_schedules_a_mode_is_taken_and_ignored() -> None:
    """As in public reports; it sees so when it looks again."""
    with gateway("8.3.5433", Access.TOKEN, "split-phase") as running:
        settings = running.simulation.site.settings
        storage = settings.tariff.storage_settings.model_dump() | {"opt_schedules": True}
        settings.change_tariff(settings.tariff.model_dump() | {"storage_settings": storage})

        async def use(client: Envoy) -> None:
            await client.update()
            await client.set_storage_mode(EnvoyStorageMode.BACKUP)
            told = (await client.update()).tariff
            assert told is not None
            assert told.storage_settings is not None
            assert told.storage_settings.mode is EnvoyStorageMode.SELF_CONSUMPTION

        using(running, use, credentials(running))
