"""Recordings of real boards as a witness of the oracle's table of carriers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hil_tests.support.carriers import SETS, Pairs, demand_all, frames
from kernels_ref.carriers import Carriers, carriers


def of_oracle(taken: Sequence[Pairs]) -> list[Carriers]:
    return [carriers(0, len(iq), iq) for iq in taken]


@pytest.mark.parametrize("data_set", SETS)
def test_the_table_is_true_of(data_set: str) -> None:
    demand_all(data_set, frames(data_set, of_oracle))
