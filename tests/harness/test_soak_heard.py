"""Which frames a head has in its window, where it is fed with spectra: the node is asked."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from harness.sensing.soak.logits import FramesUnknown, Spectra, frames_of
from harness.sensing.soak.result import SoakResult, said_table
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import TemporalFeed

HOP_US = 100_000


class Hearing:
    """A node with a spectrum every 100 ms, its number in it; `late` come with the next one."""

    def __init__(self, late: tuple[int, ...] = ()) -> None:
        self.boot = SimpleNamespace(window_len=8, temporal_feed=TemporalFeed.SPECTRUM)
        self.late, self.now_us = late, 0

    def advance(self, us: int) -> None:
        self.now_us += us

    def settings(self) -> Any:
        return SimpleNamespace(spectrum_hop=HOP_US // 20_000)

    def sense_status(self) -> Any:
        made = self.now_us // HOP_US
        while made in self.late:
            made -= 1
        told = SimpleNamespace(spectra=made, spectrum=(float(made),) * 16)
        return SimpleNamespace(features=told)


def heard(node: Hearing) -> Spectra:
    frames = frames_of(cast(Any, node))
    assert isinstance(frames, Spectra)
    return frames


def test_every_spectrum_is_known() -> None:
    frames = heard(Hearing())
    frames.advance(2)
    assert frames.count() == 20
    window = frames.window(20, 8)
    assert window.shape == (8, 16)
    assert np.array_equal(window[:, 0], np.arange(13, 21))


def test_one_that_came_with_another_is_not_made_up() -> None:
    frames = heard(Hearing(late=(15,)))
    frames.advance(2)
    assert len(frames.window(20, 5)) == 5
    with pytest.raises(FramesUnknown, match="classified 8 frames, and 7 of them are known"):
        frames.window(20, 8)


def test_after_a_new_start_nothing_is_known() -> None:
    node = Hearing()
    frames = heard(node)
    frames.advance(1)
    frames.forget()
    node.now_us = 0
    frames.advance(1)
    assert frames.count() == 10
    assert np.array_equal(frames.window(10, 3)[:, 0], [8, 9, 10])


def test_an_hour_takes_no_more_memory_than_a_window() -> None:
    frames = heard(Hearing())
    frames.advance(60)
    assert len(frames._known) <= 8 + 64


def test_what_was_said_while_what_played() -> None:
    said = Counter({(Scenario.EMPTY, 1): 3, (Scenario.WALKING, 0): 12})
    table = said_table(SoakResult(2, said=said), ("moving", "nobody")).splitlines()
    assert table[0].split() == ["moving", "nobody"]
    assert table[1].split() == ["empty", "0", "3"]
    assert table[2].split() == ["walking", "12", "0"]
