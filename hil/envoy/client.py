"""The gateway's REST interface: the list of its resources."""

from hil.envoy.conversation import Conversation
from hil.envoy.device_inventory import DeviceInventoryPage
from hil.envoy.ensemble import Ensemble
from hil.envoy.firmware_manager import FirmwareManager
from hil.envoy.grid_profile import GridProfile
from hil.envoy.high_backup_soc import HighBackupSocLimit
from hil.envoy.home import Home
from hil.envoy.info import GatewayInfo
from hil.envoy.livedata import LiveData
from hil.envoy.meters import Meters
from hil.envoy.pdm import Pdm
from hil.envoy.production import Production
from hil.envoy.secondary_control import SecondaryControlProcess
from hil.envoy.site_settings import SiteSettings
from hil.envoy.tariff import Tariff
from hil.envoy.views import READS
from hil.envoy.zigbee import Zigbee
from hil.errors import HilError, NotAuthorized, NotOffered, Refused, Unavailable, Unreachable
from hil.transports.http import Http, Reply
from hil.vocabulary.identity import Firmware


class Envoy:
    """One gateway.

    Every read raises `NotAuthorized` (401), `Unavailable` (502 to 504), `NotAnEnvoy` (a page for
    people), `WrongCertificate` or `Unreachable`, which are the bench's; `NotOffered` (404, 405), `Refused` (other
    errors) or `Unintelligible` (not of the shape its firmware has to give), which are the
    product's.
    """

    def __init__(
        self, http: Http, *, patience_s: float = 0.0, high_backup_soc_path: str | None = None
    ) -> None:
        """Nothing is asked yet. `http` stays the caller's to close.

        Reads of a document, and nothing else, are repeated for `patience_s` while it is too busy.
        `high_backup_soc_path`: where nobody else knows.
        """
        self._conversation = Conversation(http, patience_s=patience_s)
        self.info = GatewayInfo(self._conversation)
        self.ensemble = Ensemble(self._conversation)
        self.zigbee = Zigbee(self._conversation)
        self.grid_profile = GridProfile(self._conversation)
        self.livedata = LiveData(self._conversation)
        self.site_settings = SiteSettings(self._conversation)
        self.secondary_control = SecondaryControlProcess(self._conversation)
        self.high_backup_soc = (
            HighBackupSocLimit(self._conversation, high_backup_soc_path)
            if high_backup_soc_path
            else None
        )
        self.meters = Meters(self._conversation)
        self.production = Production(self._conversation)
        self.pdm = Pdm(self._conversation)
        self.home = Home(self._conversation)
        self.device_inventory = DeviceInventoryPage(self._conversation)
        self.tariff = Tariff(self._conversation)
        self.firmware_manager = FirmwareManager(self._conversation)

    def answers(self) -> bool:
        """Whether it is there: False while it is without power, starting, or too busy to say."""
        try:
            self.info.read()
        except (Unavailable, Unreachable):
            return False
        return True

    def view(self, path: str) -> Reply:
        """The answer to a GET of any path, unread and whatever its status: for evidence.

        Raises:
            Unreachable: none came.
        """
        return self._conversation.http.get(path)

    def send(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to any request, unread and whatever its status: for what is no proper one.

        Raises:
            Unreachable: none came.
        """
        return self._conversation.http.send(method, path, body)

    def command(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to any request, where it is no refusal.

        Raises:
            Refused: with its status and what it said; NotOffered for 404 and 405.
            RigError: as reads.
        """
        reply = self.send(method, path, body)
        self._conversation.accept(reply)
        return reply

    def read_every_view(self) -> dict[str, HilError | None]:
        """Read all that is not asked for by a device's name; by path, why there was nothing.

        Raises:
            Unintelligible: the first that lacks what its firmware has to say.
        """
        found: dict[str, HilError | None] = {}
        for path, model in READS.items():
            try:
                self._conversation.get(model, path)
                found[path] = None
            except (NotOffered, NotAuthorized, Refused) as refusal:
                found[path] = refusal
        return found

    @property
    def firmware(self) -> Firmware:
        """What it runs, as far as the last look at `/info` tells."""
        return self._conversation.firmware

    @property
    def drift(self) -> dict[str, set[str]]:
        """What it said that nobody here knows, by path: keys, and words outside a vocabulary."""
        return self._conversation.drift
