"""pytest's reports of tests, with nothing in them that a terminal would obey."""

from __future__ import annotations

from typing import Any

import pytest

from harness.visible import visible


def clean_report(report: pytest.TestReport, colours: bool) -> None:
    """Makes visible what messages, tracebacks and captured output have of a device's bytes.

    colours: pytest writes in colour here, and has coloured some of it already.
    """
    report.sections[:] = [
        (title, visible(text, colours=colours)) for title, text in report.sections
    ]
    longrepr: Any = report.longrepr
    if isinstance(longrepr, str):
        report.longrepr = visible(longrepr, colours=colours)
        return
    chain = getattr(longrepr, "chain", None)
    if chain is None and hasattr(longrepr, "reprtraceback"):
        chain = [(longrepr.reprtraceback, longrepr.reprcrash, None)]
    for trace, crash, _ in chain or ():
        if crash is not None:
            crash.message = visible(crash.message, colours=colours)
        for entry in trace.reprentries:
            entry.lines = [visible(line, colours=colours) for line in entry.lines]
            if (place := getattr(entry, "reprfileloc", None)) is not None:
                place.message = visible(place.message, colours=colours)
