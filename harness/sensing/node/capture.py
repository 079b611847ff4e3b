"""What capture decides on a chip, asked without one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from harness.node.exports import ExportsApi


class TrafficOutcome(IntEnum):
    """What became of a question."""

    LOST = 0
    ANSWERED = 1
    NOT_SENT = 2


class TrafficStep(NamedTuple):
    """A question to the access point: its number, and when it was due."""

    outcome: TrafficOutcome
    number: int
    due_us: int


class CaptureApi(ExportsApi):
    """The decisions are pure: nothing of the node's own capture changes."""

    def layout_words(self, n_subcarriers: int, **reception: int) -> tuple[int, int]:
        """The layout words of a frame that was received so: of an ESP32, S2, S3 or C3, and of a C5
        or C61.

        reception, as ESP-IDF's rx_ctrl says: `secondary` channel 0 none, 1 above, 2 below; `signal`
        0 legacy, 1 HT; `is_wide`, `is_stbc`, `first_word_invalid` 0 or 1; `kept`: bit i says that
        field i is stored where a packet has it.
        """
        words = self.call("layout_words", n_subcarriers=n_subcarriers, **reception).words
        return int(words[0]), int(words[1])

    def radio_times(self, frames: Sequence[tuple[int, int]]) -> list[int]:
        """When frames were received, in us of the node's clock, from the radio's stamp of each and
        the time at which it was handed over."""
        stamps, handed_over = zip(*frames, strict=True)
        times: list[int] = self.call(
            "radio_times", stamp=stamps, time_us=handed_over
        ).time_us.tolist()
        return times

    def reconnect_delay_ms(self, failures: int, draw: int) -> int:
        """How long a station waits after so many failures in a row."""
        return int(self.call("reconnect_delay_ms", failures=failures, draw=draw).value)

    def traffic(
        self, hz: int, outcomes: Sequence[TrafficOutcome], begin_us: int = 0
    ) -> tuple[list[TrafficStep], int]:
        """When questions with these outcomes are asked, and when the next one would be."""
        plan = self.call(
            "traffic_plan", hz=hz, begin_us=begin_us, outcome=np.array(outcomes, np.uint8)
        )
        steps = zip(outcomes, plan.number.tolist(), plan.due_us.tolist(), strict=True)
        return [TrafficStep(*step) for step in steps], int(plan.value)
