"""How much of the line an upload reaches, for the report; that nothing is lost on it."""

from __future__ import annotations

import pytest

from harness.plugin.fixtures import Measure
from harness.sensing.benchmark.line import rates
from harness.sensing.node import SensingNode


@pytest.mark.needs("memory", 8192)
def test_an_upload_beside_what_the_line_carries(node: SensingNode, measure: Measure) -> None:
    found = rates(node, rounds=3, long_enough_s=0.1)
    baud = node.connection.baud
    how = f"{baud} baud" if baud else "as measured, with lines that ask for no work: no baud rate"
    measure("line rate", found.line, "B/s", description=how)
    measure("upload", found.upload, "B/s", description="payload")
    measure("upload, share of the line", found.share, "", description="0.79 is all base85 leaves")
    measure("upload, line occupied", found.occupied / found.line, "")
    assert node.status().rx_overruns == 0
