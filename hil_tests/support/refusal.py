"""Demanding that the node refuses something, with exactly its error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import NodeError


@contextmanager
def refused(*errors: str, what: str = "what had to be refused", saying: str = "") -> Iterator[None]:
    """Inside, a request has to be refused with one of `errors` (names of esp_err_t).

    `saying`: what has to stand in the node's own text.
    """
    __tracebackhide__ = True
    expected = " or ".join(errors)
    try:
        yield
    except NodeError as refusal:
        if refusal.name not in errors:
            raise AssertionError(f"{what}: {refusal}, expected {expected}") from None
        assert saying in refusal.detail, f"{what}: {refusal.detail!r} does not say {saying!r}"
        return
    raise AssertionError(f"{what} was accepted, expected {expected}")
