"""A node at work for hours. Left out of an ordinary run; asked for with -m soak."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.compare import ToleranceExceeded
from harness.interrupt import ctrl_c
from harness.node import ClockMode
from harness.plugin.hil_session import HilSession
from harness.sensing.accuracy.card import NoCard, read_card
from harness.sensing.deploy.model import ModelFile, read_model
from harness.sensing.node import SensingNode
from harness.sensing.reception.console import NodeSource
from harness.sensing.reception.reception import Reception
from harness.sensing.soak.plan import SoakPlan
from harness.sensing.soak.result import SoakFound, SoakStopped, said_table
from harness.sensing.soak.run import Soak
from hil_tests.support.deploying import Deploy, deployed
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE, Model
from hil_tests.support.soak_progress import soak_progress

pytestmark = pytest.mark.soak


@pytest.fixture
def reception(node: SensingNode) -> Iterator[Reception]:
    """What the node mirrors on its console, from here on."""
    with Reception([NodeSource(node)]) as listening:
        yield listening


@pytest.mark.needs("stepped-clock")
def test_soak(
    node: SensingNode,
    clean_weights: None,
    reception: Reception,
    soak_plan: SoakPlan,
    hil_session: HilSession,
    judge: Judge,
    deploy: Deploy,
    pytestconfig: pytest.Config,
) -> None:
    """Scenarios in turn; every minute logits, sequences, cadence, memory, drops and resets.

    With --model a room's day, classified by that model.
    """

    numbers = itertools.count(1)
    option = pytestconfig.option
    named = read_model(option.model) if option.model else None
    known = Model(named.data) if named else REFERENCE

    def share(frames: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
        padded = np.zeros((len(frames), known.shape.input_dim), np.float32)
        padded[:, : frames.shape[1]] = frames
        expected = known.expect(padded)
        what = f"soak, comparison {next(numbers)}"
        try:
            return judge.within(what, ("class",), logits, expected.logits, expected.budget).ratio
        except ToleranceExceeded as error:
            return error.comparison.ratio

    journal = hil_session.journal
    journal.record("soak_plan", minutes=soak_plan.minutes, clock=soak_plan.clock.name.lower())
    with (
        deployed(deploy, named) if named else nullcontext(),
        ctrl_c() as stop,
        soak_progress(hil_session.terminal, soak_plan.minutes) as tell,
    ):
        soak = Soak(
            node=node,
            reception=reception,
            plan=soak_plan,
            judge=share,
            ready=hil_session.ready,
            record=journal.record,
            tell=tell,
            stop=stop,
        )
        result = soak.run()
        if named:
            hil_session.terminal.show(said_table(result, classes_of(named)))
    journal.record("soak_end", sentence=result.summary(), minutes=result.minutes)
    if result.findings:
        raise SoakFound(result)
    if result.was_stopped:
        raise SoakStopped(result)
    node.restore(ClockMode.STEPPED)


def classes_of(model: ModelFile) -> list[str]:
    """The words on the model's card; numbers where it has none."""
    try:
        return list(read_card(model.path).classes)
    except NoCard:
        return [str(i) for i in range(model.shape.n_classes)]
