"""Who may ask the simulated gateway what. One object of this kind stands before every request."""

from typing import Protocol

from hil.simulator.access.roles import Role
from hil.simulator.rest.messages import Answer, Request


class AccessControl(Protocol):
    """A way in: open, digest or tokens."""

    def check(self, request: Request, needed: Role) -> Answer | None:
        """The answer of the web server in front; None: the request goes on to who answers it."""

    def stamped(self, request: Request, answer: Answer) -> Answer:
        """`answer` to a request that went through, with what the web server adds."""


class OpenAccess:
    """As on the gateway's own loopback: nobody is asked. Source: public documentation."""

    def check(self, request: Request, needed: Role) -> Answer | None:
        return None

    def stamped(self, request: Request, answer: Answer) -> Answer:
        return answer
