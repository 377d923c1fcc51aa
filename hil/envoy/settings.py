"""What every group of settings has in common: read, written, changed for a block and put back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

from hil.envoy import reading
from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, to_wire
from hil.errors import HilError, Refused, RestoreFailed
from hil.transports.http import Reply

M = TypeVar("M", bound=Document)

_SAID_NO = "failure"
"""Source: the interface page, of `gen_mode`: the answer is the word success, or failure."""


class SettingsGroup(Generic[M]):
    """One document that is read with GET and written whole."""

    def __init__(
        self,
        conversation: Conversation,
        path: str,
        model: type[M],
        *,
        wrapped_in: str | None = None,
        answers_with_document: bool = False,
        method: str = "POST",
    ) -> None:
        """`wrapped_in` is the key that what is written stands under.

        Where the answer to a write is not known to be the document, it is only looked at for a
        refusal, and what was stored is asked for.
        """
        self._conversation, self._path, self._model = conversation, path, model
        self._wrapped_in, self._method = wrapped_in, method
        self._answers_with_document = answers_with_document
        self.was_written = False
        """Whether this process has sent anything there."""

    def read(self) -> M:
        """What is stored."""
        return self._conversation.get(self._model, self._path)

    def document(self) -> dict[str, object]:
        """What is stored, with the gateway's own keys."""
        return as_mapping(self.read())

    def write(self, settings: M | Mapping[str, object]) -> M:
        """Send settings, or any mapping of the gateway's keys, legal or not; what is then stored.

        Raises:
            Refused: the gateway did not take them.
        """
        found = as_mapping(settings) if isinstance(settings, Document) else dict(settings)
        return self.write_raw({self._wrapped_in: found} if self._wrapped_in else found)

    def write_raw(self, body: Mapping[str, object] | str | bytes) -> M:
        """Send any body; what is then stored.

        Raises:
            Refused: the gateway did not take it.
        """
        reply = self._sent(body)
        if self._answers_with_document:
            return self._conversation.understand(self._model, reply)
        self._conversation.accept(reply)
        if _SAID_NO in reply.text[:100].lower():
            raise Refused(
                f"{self._conversation.gateway}: {self._method} {self._path}: {reply.status}, "
                f"and says {reply.text[:100]!r}",
                status=reply.status,
                body=reading.scrubbed(reply.text, self._conversation.redactor),
            )
        return self.read()

    @contextmanager
    def changed(self, changes: Mapping[str, object]) -> Iterator[M]:
        """Hold `changes` (the gateway's keys) for a block, then put back what was there.

        Gives what the gateway says it stored.

        Raises:
            RestoreFailed: what was there did not come back.
        """
        before = self.document()
        try:
            yield self.write(before | dict(changes))
        finally:
            self.put_back(before)

    def put_back(self, before: Mapping[str, object]) -> None:
        """Write a document that was read earlier, and see that it is stored.

        Raises:
            RestoreFailed: it was refused, or something else is stored now.
        """
        tried = (
            f"{self._conversation.gateway}: {self._method} {self._path} to put back {dict(before)}"
        )
        try:
            after = as_mapping(self.write_back(before))
        except HilError as error:
            raise RestoreFailed(f"{tried}: {error}") from error
        if self.configured(after) != self.configured(before):
            raise RestoreFailed(f"{tried}: it stored {after}")

    def configured(self, document: Mapping[str, object]) -> dict[str, object]:
        """The part of a document that only a write changes; all of it, if not told otherwise."""
        return dict(document)

    def write_back(self, before: Mapping[str, object]) -> M:
        """Write a document that was read earlier; what is then stored, which nobody compares."""
        return self.write(before)

    def _sent(self, body: Mapping[str, object] | str | bytes) -> Reply:
        self.was_written = True
        if self._method == "POST":
            return self._conversation.send(self._path, body)
        return self._conversation.put(self._path, body)


def as_mapping(document: Document) -> dict[str, object]:
    """`document` with the gateway's own keys."""
    found = to_wire(document)
    assert isinstance(found, dict)
    return found
