"""Getting on a shell over its serial console, whatever stands there: a login, half of one, somebody
who has stayed logged in, a command half typed, a program left running, and the kernel between all that.

The password is typed where a prompt for it stands at the very end, and nowhere else.
"""

import re
from enum import Enum

from hil.consoles.shell_line import QUIET_S, ShellLine, Silent
from hil.errors import NotAuthorized, Unreachable
from hil.transports.lines import plain
from hil.vocabulary.secret import Secret

STEPS = 6
"""Prompts that a login may take: what was there, its user, its password, and what it asks again."""


class Place(Enum):
    """Where on it one is."""

    LOGIN = "login"
    PASSWORD = "password"
    SHELL = "shell"
    REFUSED = "refused"


class Login:
    """One user's way in on `line`."""

    def __init__(self, line: ShellLine, *, user: str, password: Secret | None) -> None:
        self._line, self.user, self._password = line, user, password
        self._refused: str | None = None
        self.is_ours = False
        """Whether it was us who logged in, so that it is us who log out."""

    def go(self) -> None:
        """Be on the shell.

        Raises:
            Unreachable: nobody answers, or what answers is no login and no shell.
            NotAuthorized: user or password is refused; it is not tried again on this line.
        """
        if self._refused is not None:
            raise NotAuthorized(self._refused)
        mark, place = self._found()
        told_user = told_password = False
        for _ in range(STEPS):
            match place:
                case Place.SHELL:
                    self.is_ours |= told_user
                    return
                case Place.REFUSED:
                    raise self._no_entry()
                case Place.LOGIN if told_password:
                    raise self._no_entry()
                case Place.LOGIN:
                    told_user = True
                    mark = self._line.type(self.user, shown=f"{self.user} (user)")
                case Place.PASSWORD if not told_user:
                    mark = self._line.type("", shown="(nothing: somebody else's login)")
                case Place.PASSWORD if self._password is None:
                    self._line.type(self._line.dialect.interrupt, ended=False)
                    raise NotAuthorized(
                        f"{self._line.where}: asks {self.user} for a password, and the rig file has none "
                        "(envoy.shell.serial.password)"
                    )
                case Place.PASSWORD:
                    assert self._password is not None
                    told_password = True
                    mark = self._line.type(self._password.reveal(), shown="(password)")
                case None if self._answers_as_a_shell():
                    self._line.turn_ends()
                    self.is_ours |= told_user
                    return
                case None:
                    break
            place = self._place(mark)
            if told_password:
                self._line.turn_ends(given_up=place is None)
        raise Unreachable(
            f"{self._line.where}: no login and no shell: after "
            f"{'the password' if told_password else 'the user' if told_user else 'an empty command'} came "
            f"{self._line.heard(mark)}; suspect another device on this line, another baud rate, a program "
            "that cannot be ended, or envoy.shell.serial.dialect (login, password, prompt)"
        )

    def _found(self) -> tuple[int, Place | None]:
        """What stands there. What is half typed is taken away, what runs is ended."""
        dialect = self._line.dialect
        mark = self._line.begins()
        for keys in (dialect.abandon_line, dialect.interrupt):
            if keys == dialect.interrupt:
                self._line.type(keys, ended=False, shown="(interrupt: nobody has answered)")
            self._line.type("" if keys == dialect.interrupt else keys, shown="(empty command)")
            place = self._place(mark)
            if place is not None:
                return mark, place
        if self._line.received > mark:
            return mark, None
        raise Unreachable(
            f"{self._line.where}: no login and no prompt of a shell: heard nothing in "
            f"{2 * dialect.answer_s:g} s; suspect its power, a gateway that is starting, the cable, or TX and "
            "RX swapped"
        )

    def _answers_as_a_shell(self) -> bool:
        """Whether a command is carried out, under whatever prompt."""
        mark = self._line.type('echo hil""0', shown='echo hil""0')
        answer_s = self._line.dialect.answer_s
        try:
            self._line.until(
                mark,
                lambda data: re.search(rb"hil0\s", data),
                first_s=answer_s,
                silent_s=answer_s,
            )
        except Silent:
            return False
        return True

    def _place(self, since: int) -> Place | None:
        """Where what came behind `since` has led; None where nothing of that is known."""
        answer_s = self._line.dialect.answer_s
        try:
            found = self._line.until(
                since,
                self._seen,
                first_s=answer_s,
                silent_s=answer_s,
                quiet_s=lambda place: answer_s if place is Place.REFUSED else QUIET_S,
            )
        except Silent:
            return None
        assert isinstance(found, Place)
        return found

    def _seen(self, data: bytes) -> Place | None:
        dialect = self._line.dialect
        text = plain(self._line.without_kernel(data).decode("utf-8", "replace"))
        for place, pattern in (
            (Place.LOGIN, dialect.login),
            (Place.PASSWORD, dialect.password),
            (Place.SHELL, dialect.prompt),
            (Place.REFUSED, dialect.refused),
        ):
            if pattern.search(text):
                return place
        return None

    def _no_entry(self) -> NotAuthorized:
        self._refused = (
            f"{self._line.where}: refuses {self.user} with the password of the rig file "
            "(envoy.shell.serial.password); suspect the user's name, another gateway's password, or one that "
            "has changed. It is not tried again, so that nobody is locked out"
        )
        return NotAuthorized(self._refused)
