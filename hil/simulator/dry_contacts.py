"""The dry contacts of the system switch: commanded by hand, and moved by an island."""

from collections.abc import Mapping

from hil.simulator.energy import Energy
from hil.simulator.relay import MainsRelay
from hil.simulator.site_settings import SiteSettings
from hil.simulator.world import World

OPEN, CLOSED = "open", "closed"


class DryContacts:
    """Where the contacts are. They follow whatever changes, and time when somebody asks."""

    def __init__(
        self, world: World, *, relay: MainsRelay, energy: Energy, settings: SiteSettings
    ) -> None:
        self._world, self._relay = world, relay
        self._energy, self._settings = energy, settings
        self._states: dict[str, str] = dict.fromkeys(settings.contacts, CLOSED)
        self._was_island = relay.is_open
        self._commands: list[tuple[float, str, str]] = []
        self._settings_written_s = float("-inf")
        world.watch(self.update)
        energy.on_told = self.update

    def command(self, contact: str, status: str) -> None:
        """Move one contact by hand; it takes a while."""
        self.update()
        due_s = self._world.now_s + self._world.assumptions.dry_contacts.command_s
        self._commands.append((due_s, contact, status))

    def settings_written(self) -> None:
        """For a while the normally closed ones are told open, although nothing moves."""
        self._settings_written_s = self._world.now_s

    @property
    def states(self) -> Mapping[str, str]:
        """Where each contact is."""
        self.update()
        return dict(self._states)

    @property
    def told(self) -> Mapping[str, str]:
        """What the gateway says of each. Source of the false `open`: public reports."""
        since_s = self._world.now_s - self._settings_written_s
        false_s = self._world.assumptions.dry_contacts.false_open_s
        if self._world.has_defect("contacts-read-open-for-good"):
            false_s = float("inf")
        is_false = since_s < false_s
        return {
            contact: OPEN if is_false and contact.startswith("NC") else status
            for contact, status in self.states.items()
        }

    def update(self) -> None:
        """Move what has to move by now."""
        now_s = self._world.now_s
        due = [each for each in self._commands if each[0] <= now_s]
        self._commands = [each for each in self._commands if each[0] > now_s]
        for _, contact, status in due:
            self._states[contact] = status
        is_island = self._relay.is_open
        has_changed, self._was_island = is_island != self._was_island, is_island
        for contact, use in self._settings.contacts.items():
            if use.type != "LOAD" and not self._world.has_defect("unused-contact-sheds-too"):
                continue
            stays_off = not is_island and self._world.has_defect("shed-load-stays-off")
            if has_changed and not stays_off:
                action = use.micro_grid_action if is_island else use.grid_action
                self._states[contact] = {"shed": OPEN, "apply": CLOSED}.get(
                    action, self._states[contact]
                )
            if is_island and use.mode == "soc":
                self._follow_charge(contact, low=use.soc_low, high=use.soc_high)

    def _follow_charge(self, contact: str, *, low: float, high: float) -> None:
        soc_pct = self._energy.aggregate.soc_pct
        is_late = self._world.now_s > self._settings_written_s + 60
        if is_late and self._world.has_defect("contact-looks-once"):
            return
        if self._world.has_defect("contact-without-hysteresis"):
            low = high - 1
        if soc_pct <= low:
            self._states[contact] = OPEN
        elif soc_pct >= high and not self._world.has_defect("contact-never-closes-by-charge"):
            self._states[contact] = CLOSED
