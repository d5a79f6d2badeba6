"""Frozen values that travel between threads, processes and files."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter

_adapter: Callable[[Any], TypeAdapter[Any]] = lru_cache(maxsize=64)(TypeAdapter)


class Value:
    """Base of the engine's frozen dataclasses: to and from JSON-ready dictionaries."""

    schema_version: ClassVar[int] = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the value as plain JSON types, with its `schema_version`."""
        fields = _adapter(type(self)).dump_python(self, mode="json")
        return {"schema_version": self.schema_version, **fields}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Build the value again from `to_dict`'s result.

        Raises:
            ValueError: The data has another shape, or comes from a newer schema.
        """
        fields = dict(data)
        version = fields.pop("schema_version", cls.schema_version)
        if version > cls.schema_version:
            raise ValueError(f"{cls.__name__}: schema {version} is newer than {cls.schema_version}")
        value: Self = _adapter(cls).validate_python(fields)
        return value
