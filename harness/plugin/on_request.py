"""Tests that run only when they are asked for by name, with -m: they take hours, or a person."""

from __future__ import annotations

import re

import pytest

from harness.plugin.application import OnRequest, application_of

LEFT_OUT = pytest.StashKey[list[tuple[int, OnRequest]]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what was not asked for; the summary says so, and why."""
    for kind in application_of(config).on_request:
        if is_asked_for(kind.marker, config.option.markexpr):
            continue
        left_out = [item for item in items if item.get_closest_marker(kind.marker)]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
            config.stash.setdefault(LEFT_OUT, []).append((len(left_out), kind))


def asks_on_request(config: pytest.Config) -> bool:
    """Whether -m asks for tests that run on request: they drive a device, each of them."""
    kinds = application_of(config).on_request
    return any(is_asked_for(kind.marker, config.option.markexpr) for kind in kinds)


def is_asked_for(marker: str, expression: str) -> bool:
    """Whether an expression of -m speaks of the marker; what it says of it is pytest's matter."""
    return bool(re.search(rf"\b{marker}\b", expression or ""))
