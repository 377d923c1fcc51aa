"""`envoy.high_backup_soc`: to how much the batteries are charged at most. Source: the interface page, which has
lost its path; so the rig file names it, once a bench has found it.

Nobody has a body of it: a document with one number in it will do, whatever its key is called.
"""

from collections.abc import Mapping

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document
from hil.envoy.settings import SettingsGroup
from hil.errors import Unintelligible


class HighBackupSoc(Document):
    """What is stored."""

    described = False


class HighBackupSocLimit(SettingsGroup[HighBackupSoc]):
    """At the path that the rig file names."""

    def __init__(self, conversation: Conversation, path: str) -> None:
        super().__init__(conversation, path, HighBackupSoc)
        self.path = path

    def limit_pct(self) -> float:
        """The limit, in percent.

        Raises:
            Unintelligible: there is not one number; quotes the document.
        """
        document = self.document()
        value = document[self._key_in(document)]
        assert isinstance(value, int | float)
        return value

    def limit_of(self, limit_pct: float) -> Mapping[str, object]:
        """The change that sets it, for `changed`. Raises as `limit_pct`."""
        return {self._key_in(self.document()): limit_pct}

    def _key_in(self, document: Mapping[str, object]) -> str:
        numbers = [
            key
            for key, value in document.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        if len(numbers) != 1:
            raise Unintelligible(
                f"{self._conversation.gateway}: GET {self.path} shows {document}: one number was "
                "expected, the limit; suspect envoy.high_backup_soc_path in the rig file"
            )
        return numbers[0]
