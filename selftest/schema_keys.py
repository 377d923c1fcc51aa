"""Every key that a schema knows: what a page about its files has to explain."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def keys_of(model: type[BaseModel]) -> set[str]:
    """Every key the schema of `model` knows, at any depth."""
    return set(model.model_fields) | {
        name
        for field in model.model_fields.values()
        for part in _models_in(field.annotation)
        for name in keys_of(part)
    }


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
