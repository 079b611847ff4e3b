"""Fixtures of the suite, beside those of the harness."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from harness.compare import Comparison
from harness.report import Journal
from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from hil_tests.support.deploying import Deploy
from hil_tests.support.judge import Judge


@pytest.fixture
def judge(metrics: Journal, repeat_command: str) -> Judge:
    """Compares with the oracle: records each comparison, knows how to repeat this test."""

    def record(outcome: Comparison) -> None:
        metrics.record("compare", **dataclasses.asdict(outcome))

    return Judge(repeat_command, record)


@pytest.fixture
def deploy(node: SensingNode, judge: Judge) -> Deploy:
    """Deploys a model into the node, as `hil deploy` does."""
    return Deploy(node, judge)


@pytest.fixture
def clean_weights(node: SensingNode) -> Iterator[None]:
    """An empty weights partition and settings as delivered, before the test and after it."""
    _deliver(node)
    yield
    _deliver(node)


def _deliver(node: SensingNode) -> None:
    node.setting(Setting.EMBED_WEIGHTS, 1)
    node.setting(Setting.START_HEAD, 1)
    info = node.partition_info()
    for start in info.slot_offset:
        if node.partition_read(start, 512).strip(b"\xff"):
            node.partition_erase(start, info.slot_size[0])
    node.restore()
