"""Tests that run only when -m names their marker: they take hours, or need a person."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from harness.plugin.application import application_of


@dataclass(frozen=True)
class OnRequest:
    """A marker whose tests an ordinary run leaves out, and why."""

    marker: str
    why: str


LEFT_OUT = pytest.StashKey[list[tuple[int, OnRequest]]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests that were not asked for. The summary says how many, and why."""
    for kind in application_of(config).on_request:
        if is_asked_for(kind.marker, config.option.markexpr):
            continue
        left_out = [item for item in items if item.get_closest_marker(kind.marker)]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
            config.stash.setdefault(LEFT_OUT, []).append((len(left_out), kind))


def asks_on_request(config: pytest.Config) -> bool:
    """Whether -m asks for tests that run on request; each of them drives a device."""
    kinds = application_of(config).on_request
    return any(is_asked_for(kind.marker, config.option.markexpr) for kind in kinds)


def is_asked_for(marker: str, expression: str) -> bool:
    """Whether an expression of -m contains the marker; pytest decides what the expression means."""
    return bool(re.search(rf"\b{marker}\b", expression or ""))
