"""A node at work for hours. Left out of an ordinary run; asked for with -m soak."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.compare import ToleranceExceeded
from harness.interrupt import ctrl_c
from harness.node import ClockMode, Node
from harness.plugin.bench import Bench
from harness.plugin.soak_progress import SoakProgress
from harness.reception import NodeSource, Reception
from harness.soak import Soak, SoakFound, SoakPlan, SoakStopped
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE

pytestmark = pytest.mark.soak


@pytest.fixture
def reception(node: Node) -> Iterator[Reception]:
    """What the node mirrors on its console, from here on."""
    with Reception([NodeSource(node)]) as listening:
        yield listening


@pytest.mark.needs("stepped-clock")
def test_soak(
    node: Node,
    clean_weights: None,
    reception: Reception,
    soak_plan: SoakPlan,
    hil_bench: Bench,
    judge: Judge,
) -> None:
    """Scenarios in turn; every minute logits, sequences, cadence, memory, drops and resets."""

    numbers = itertools.count(1)

    def share(frames: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
        padded = np.zeros((len(frames), REFERENCE.shape.input_dim), np.float32)
        padded[:, : frames.shape[1]] = frames
        expected = REFERENCE.expect(padded)
        what = f"soak, comparison {next(numbers)}"
        try:
            return judge.within(what, ("class",), logits, expected.logits, expected.budget).ratio
        except ToleranceExceeded as error:
            return error.comparison.ratio

    journal = hil_bench.journal
    journal.record("soak_plan", minutes=soak_plan.minutes, clock=soak_plan.clock.name.lower())
    with ctrl_c() as stop, SoakProgress(hil_bench.speaker, soak_plan.minutes) as progress:
        soak = Soak(
            node=node,
            reception=reception,
            plan=soak_plan,
            judge=share,
            ready=hil_bench.ready,
            record=journal.record,
            tell=progress.tell,
            stop=stop,
        )
        result = soak.run()
    journal.record("soak_end", sentence=result.summary(), minutes=result.minutes)
    if result.findings:
        raise SoakFound(result)
    if result.was_stopped:
        raise SoakStopped(result)
    node.restore(ClockMode.STEPPED)
