"""Where a rig file's secrets are: never in it, always somewhere it points to."""

import os
import re
from pathlib import Path
from typing import Self

from pydantic import PrivateAttr, model_validator

from hil.errors import RigFileError
from hil.files.closed_yaml import Closed, Misfit, exactly_one
from hil.vocabulary.secret import Secret

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINK_KEY = re.compile(r"[0-9A-F]{32}")
_LOOKS_SECRET = re.compile(r"[0-9A-Fa-f]{32}|eyJ.*", re.DOTALL)

_HOW = "{env: NAME} or {file: PATH}, a path from this file's folder"


class SecretReference(Closed):
    """Points to a secret: an environment variable, or a file relative to the rig file."""

    env: str | None = None
    file: str | None = None

    _place: str = PrivateAttr(default="a secret")

    @model_validator(mode="before")
    @classmethod
    def _is_no_literal(cls, value: object) -> object:
        if value is None:
            raise ValueError(f"has no value; write {_HOW}")
        if not isinstance(value, dict | cls):
            raise ValueError(
                "a secret does not stand in a rig file, which is shared and kept for good; "
                f"write {_HOW}"
            )
        return value

    @model_validator(mode="after")
    def _points_to_one(self) -> Self:
        exactly_one(self)
        where = "env" if self.env is not None else "file"
        name = self.env if self.env is not None else self.file
        if _LOOKS_SECRET.fullmatch(name or ""):
            raise Misfit(f"this looks like the secret itself; write {_HOW}", at=(where,))
        if where == "env" and not _VARIABLE.fullmatch(name or ""):
            raise Misfit("this is no name of an environment variable", at=(where,))
        if not name:
            raise Misfit("this is no path of a file", at=(where,))
        return self

    def known_as(self, place: str) -> None:
        """Remember in which file, at which key, this stands; for messages."""
        self._place = place

    def resolve(self, base: Path) -> Secret:
        """Read the secret. `base` is the rig file's folder; white space around it is dropped.

        Raises:
            RigFileError: the variable or the file is missing, empty, or of the wrong form; names
                the key of the rig file, and never what was read.
        """
        if self.env is not None:
            source, text = f"the environment variable {self.env}", os.environ.get(self.env)
            if text is None:
                raise RigFileError(
                    f"{self._place}: {source} is not set; export it where the run starts"
                )
        else:
            path = base / str(self.file)
            source = f"the file {path}"
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
                raise RigFileError(f"{self._place}: cannot read {source}: {why}") from error
        value = text.strip()
        if not value:
            raise RigFileError(f"{self._place}: {source} is empty")
        if len(value.splitlines()) > 1:
            raise RigFileError(f"{self._place}: {source} holds more than one line")
        return self._formed(value, source)

    def _formed(self, value: str, source: str) -> Secret:
        return Secret(value)


class LinkKeyReference(SecretReference):
    """Points to a Zigbee link key: 32 hexadecimal digits, read as upper case."""

    def _formed(self, value: str, source: str) -> Secret:
        if not _LINK_KEY.fullmatch(value.upper()):
            raise RigFileError(
                f"{self._place}: {source} holds no link key: 32 hexadecimal digits are wanted, "
                f"there are {len(value)} characters"
            )
        return Secret(value.upper())
