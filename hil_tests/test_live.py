"""A board in front of you: its radio hears, and what it hears moves the features.

Left out of an ordinary run; asked for with -m live. Walk about while it looks.
"""

from __future__ import annotations

import dataclasses

import pytest

from harness.interrupt import ctrl_c
from harness.plugin.fixtures import Measure
from harness.plugin.hil_session import HilSession
from harness.sensing.live import LivePlan, live_line, live_table, watch_radio
from harness.sensing.node import SensingNode
from harness.sensing.reception.console import NodeSource
from harness.sensing.reception.reception import Reception

pytestmark = [pytest.mark.live, pytest.mark.needs("radio")]


def test_the_radio_hears_and_features_move(
    node: SensingNode, hil_session: HilSession, measure: Measure, live_seconds: float
) -> None:
    plan = LivePlan(live_seconds, min_yield=node.settings().min_pkt_yield)
    terminal = hil_session.terminal
    with Reception([NodeSource(node)]) as reception, ctrl_c() as stop:
        terminal.say(f"looking at the radio for {plan.seconds:g} s; walk about")
        result = watch_radio(
            node, reception, plan, lambda second: terminal.progress(live_line(second)), stop
        )
    terminal.show(live_table(result))
    for second in result.seconds:
        hil_session.journal.record("live", **dataclasses.asdict(second))
    measure("live yield", result.yield_hz, "frames/s", description="taken by capture")
    assert not result.wrong, "\n".join(result.wrong)
