"""How settings are checked: every key known, every value of its own JSON type."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Settings(BaseModel):
    """A group of settings, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


S = TypeVar("S", bound=Settings)


def checked(model: type[S], document: Mapping[str, object]) -> S:
    """The settings in `document`.

    Raises:
        ValueError: a key or value is illegal or missing; names it.
    """
    try:
        return model.model_validate(dict(document))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from error
