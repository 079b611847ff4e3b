"""Errors of the temporal head, one class per kind of mistake, each carrying the facts.

All of them are raised before any state changes.
"""

from __future__ import annotations


class TemporalError(Exception):
    """Base of every error of the oracle."""


class InvalidConfig(TemporalError):
    """A setting that no attention pattern, head or cache can have.

    Attributes:
        field: the setting.
        value: what it was.
        expectation: what it may be.
    """

    def __init__(self, field: str, value: object, expectation: str) -> None:
        super().__init__(f"{field} is {value!r}, expected {expectation}")
        self.field = field
        self.value = value
        self.expectation = expectation


class ShapeMismatch(TemporalError):
    """A tensor whose shape contradicts another tensor, the head or the cache.

    Attributes:
        name: the tensor.
        shape: its shape.
        expectation: the shape it has to have, and why.
    """

    def __init__(self, name: str, shape: tuple[int, ...], expectation: str) -> None:
        super().__init__(f"{name} has shape {list(shape)}, expected {expectation}")
        self.name = name
        self.shape = shape
        self.expectation = expectation


class UnsupportedDtype(TemporalError):
    """A tensor that is not float16, float32 or float64."""

    def __init__(self, name: str, dtype: object) -> None:
        super().__init__(f"{name} has dtype {dtype}, expected float16, float32 or float64")
        self.name = name
        self.dtype = dtype


class NonFinite(TemporalError):
    """A tensor that holds NaN or an infinity.

    Attributes:
        name: the tensor.
        index: where its first such element is.
        value: that element.
    """

    def __init__(self, name: str, index: tuple[int, ...], value: float) -> None:
        super().__init__(f"{name}{list(index)} is {value}, expected a finite number")
        self.name = name
        self.index = index
        self.value = value


class BeyondRange(TemporalError):
    """A value beyond what the cache's type can hold; stored, it would become an infinity.

    Attributes:
        name: the tensor.
        index: where its first such element is.
        value: that element.
        limit: the largest magnitude the cache can hold.
    """

    def __init__(self, name: str, index: tuple[int, ...], value: float, limit: float) -> None:
        super().__init__(
            f"{name}{list(index)} is {value}, the cache can hold {limit} either way; "
            "scale the input or make a cache of a wider type"
        )
        self.name = name
        self.index = index
        self.value = value
        self.limit = limit


class CacheFull(TemporalError):
    """A cache without room for what was to be appended.

    Attributes:
        capacity: tokens the cache can hold.
        length: tokens it holds.
        appended: tokens that were to be appended.
    """

    def __init__(self, capacity: int, length: int, appended: int) -> None:
        super().__init__(
            f"{length} of {capacity} tokens are in the cache, no room for {appended} more; "
            "reset it, make it larger or let evict_and_append make room"
        )
        self.capacity = capacity
        self.length = length
        self.appended = appended


class CacheEmpty(TemporalError):
    """A decoding step over a cache that holds no token."""

    def __init__(self) -> None:
        super().__init__("the cache is empty: append the token before decoding it")


class BackendDoesNotSupportStreaming(TemporalError):
    """Streaming asked of something that can only attend over a whole window.

    Attributes:
        backend: what was asked.
    """

    def __init__(self, backend: str) -> None:
        super().__init__(f"{backend} has no streaming: use forward over the whole window")
        self.backend = backend
