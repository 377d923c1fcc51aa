"""Secrets out of whole objects: failure reports, report documents, anything made of texts."""

from collections.abc import Callable, Collection
from enum import Enum

Scrub = Callable[[str], str]
"""Takes a text, gives it back without secrets: `Redactor.scrub`."""


def scrub_tree(value: object, scrub: Scrub, *, leave: Collection[str] = ()) -> object:
    """`value` with every text in it scrubbed; `leave` names attributes that stay as they are.

    Texts and tuples are replaced, lists, dictionaries and objects changed in place, since others
    hold them already (pytest's reports are shared between its plugins).
    """
    return _scrubbed(value, scrub, frozenset(leave), set())


def _scrubbed(value: object, scrub: Scrub, leave: frozenset[str], seen: set[int]) -> object:
    if isinstance(value, Enum | bytes | int | float) or value is None:
        return value
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, tuple):
        parts = [_scrubbed(part, scrub, leave, seen) for part in value]
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    if id(value) in seen:
        return value
    seen.add(id(value))
    if isinstance(value, list):
        value[:] = [_scrubbed(part, scrub, leave, seen) for part in value]
    elif isinstance(value, dict):
        clean = {
            _scrubbed(key, scrub, leave, seen): _scrubbed(part, scrub, leave, seen)
            for key, part in value.items()
        }
        value.clear()
        value.update(clean)
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        for name, part in list(vars(value).items()):
            if name not in leave:
                new = _scrubbed(part, scrub, leave, seen)
                if new is not part and new != part:
                    setattr(value, name, new)
    return value
