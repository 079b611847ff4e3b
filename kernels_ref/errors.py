"""Errors of the temporal head, one class for each kind of mistake, with the facts as attributes.

All of them are raised before any state changes.
"""

from __future__ import annotations

from dataclasses import dataclass


class TemporalError(Exception):
    """Base of every error of the oracle."""


@dataclass(eq=False)
class InvalidConfig(TemporalError):
    """A setting that no attention pattern, head or cache can have: `field` is `value`."""

    field: str
    value: object
    expectation: str

    def __str__(self) -> str:
        return f"{self.field} is {self.value!r}, expected {self.expectation}"


@dataclass(eq=False)
class ShapeMismatch(TemporalError):
    """The tensor `name` has a shape that contradicts another tensor, the head or the cache."""

    name: str
    shape: tuple[int, ...]
    expectation: str

    def __str__(self) -> str:
        return f"{self.name} has shape {list(self.shape)}, expected {self.expectation}"


@dataclass(eq=False)
class UnsupportedDtype(TemporalError):
    """The tensor `name` is not float16, float32 or float64."""

    name: str
    dtype: object

    def __str__(self) -> str:
        return f"{self.name} has dtype {self.dtype}, expected float16, float32 or float64"


@dataclass(eq=False)
class NonFinite(TemporalError):
    """The tensor `name` holds NaN or an infinity: `value`, first at `index`."""

    name: str
    index: tuple[int, ...]
    value: float

    def __str__(self) -> str:
        return f"{self.name}{list(self.index)} is {self.value}, expected a finite number"


@dataclass(eq=False)
class BeyondRange(TemporalError):
    """The tensor `name` holds a value that would become an infinity in the cache's type.

    `value` is the first such element, at `index`; `limit` is the largest magnitude of the type.
    """

    name: str
    index: tuple[int, ...]
    value: float
    limit: float

    def __str__(self) -> str:
        return (
            f"{self.name}{list(self.index)} is {self.value}, the cache can hold {self.limit} "
            "either way; scale the input or make a cache of a wider type"
        )


@dataclass(eq=False)
class CacheFull(TemporalError):
    """A cache of `capacity` tokens holds `length` and has no room for the `appended` ones."""

    capacity: int
    length: int
    appended: int

    def __str__(self) -> str:
        return (
            f"{self.length} of {self.capacity} tokens are in the cache, no room for "
            f"{self.appended} more; reset it, make it larger or let evict_and_append make room"
        )


class CacheEmpty(TemporalError):
    """A decoding step over a cache that holds no token."""

    def __str__(self) -> str:
        return "the cache is empty: append the token before decoding it"


@dataclass(eq=False)
class BackendDoesNotSupportStreaming(TemporalError):
    """Streaming was asked of a `backend` that can only attend over a whole window."""

    backend: str

    def __str__(self) -> str:
        return f"{self.backend} has no streaming: use forward over the whole window"
