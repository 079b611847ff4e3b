"""Deploying a model into the node of a test, judged by the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.sensing.deploy.deployment import Deployed, Deployment
from harness.sensing.deploy.model import ModelFile
from harness.sensing.node import SensingNode
from hil_tests.support.judge import Judge
from hil_tests.support.model import Model


@dataclass
class Deploy:
    """Deploys a model into the node of the test."""

    node: SensingNode
    judge: Judge
    said: list[str] = field(default_factory=list)

    def __call__(self, model: ModelFile, may_set: bool = False) -> Deployed:
        return self.planned(model, may_set).run()

    def planned(self, model: ModelFile, may_set: bool = False) -> Deployment:
        known = Model(model.data)

        def check(frames: NDArray[np.float32], logits: NDArray[np.float32]) -> None:
            expected = known.expect(frames)
            self.judge.within("logits", ("class",), logits, expected.logits, expected.budget)

        return Deployment(self.node, model, check, tell=self.said.append, may_set=may_set)


@contextmanager
def deployed(deploy: Deploy, model: ModelFile) -> Iterator[Deployed]:
    """The model on the node, with the settings that it asks for; afterwards the node as it was. One
    that was there before stays."""
    planned = deploy.planned(model, may_set=True)
    done = planned.run()
    try:
        yield done
    finally:
        planned.take_back(done)
