"""`/ivp/adc/relaxedparams`: trip parameters relaxed for the time of an island.

Source: the interface page (PUT add writes a file on the gateway, PUT delete removes it). No body
is public; what is kept is told as it came.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare
from hil.errors import HilError, NotOffered, RestoreFailed
from hil.transports.http import Reply

ADD = "/ivp/adc/relaxedparams/add"
DELETE = "/ivp/adc/relaxedparams/delete"


class RelaxedParameterFile(Bare[dict[str, JsonValue]]):
    """What is stored."""


class RelaxedParameters:
    """`/ivp/adc/relaxedparams`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> dict[str, JsonValue] | None:
        """What is stored; None where nothing is: 404, or an empty document."""
        try:
            return self._conversation.get(RelaxedParameterFile, ADD).root or None
        except NotOffered as nothing:
            if nothing.status != 404:
                raise
            return None

    def add(self, parameters: Mapping[str, object] | str | bytes) -> None:
        """Store any body, legal or not, instead of what was stored.

        Raises:
            Refused: the gateway did not take it.
        """
        self._accepted(self._conversation.put(ADD, parameters))

    def delete(self) -> None:
        """Remove what is stored.

        Raises:
            NotOffered: nothing is stored (where the gateway says so).
        """
        self._accepted(self._conversation.http.put(DELETE))

    @contextmanager
    def stored(self, parameters: Mapping[str, object]) -> Iterator[None]:
        """Hold `parameters` for a block, then put back what was stored, or remove them.

        Raises:
            RestoreFailed: what was there did not come back.
        """
        before = self.read()
        try:
            self.add(parameters)
            yield
        finally:
            self.put_back(before)

    def put_back(self, before: Mapping[str, object] | None) -> None:
        """Store what was read earlier, or remove what is stored, and see that it is so.

        Raises:
            RestoreFailed: it is otherwise, or the gateway refused.
        """
        tried = f"{self._conversation.gateway}: relaxed parameters to be put back to {before}"
        try:
            if before is not None:
                self.add(before)
            elif self.read() is not None:
                self.delete()
            after = self.read()
        except HilError as error:
            raise RestoreFailed(f"{tried}: {error}") from error
        if after != before:
            raise RestoreFailed(f"{tried}: stored is {after}")

    def _accepted(self, reply: Reply) -> None:
        self._conversation.accept(reply)
