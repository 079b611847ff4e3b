"""The firmware's table of carriers against the oracle's: every word, and pairs that say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from harness.node import EspErr
from harness.sensing.node import SensingNode
from hil_tests.support.carriers import SETS, Pairs, demand_all, frames
from kernels_ref.carriers import (
    FORMS,
    MAX_PAIRS,
    ROWS,
    USED,
    Carriers,
    LayoutContradicted,
    LayoutRefused,
    UnknownLayout,
    carriers,
    layout_word,
)

MEMORY = pytest.mark.needs("memory", 96 * 1024)
AT_A_TIME = 512
REFUSALS: dict[type[LayoutRefused], EspErr] = {
    UnknownLayout: EspErr.ESP_ERR_NOT_SUPPORTED,
    LayoutContradicted: EspErr.ESP_ERR_INVALID_SIZE,
}
Question = tuple[int, int, "np.ndarray | None"]


Answer = tuple[int, Carriers]  # the esp_err_t


def ask(node: SensingNode, questions: list[Question]) -> list[Answer]:
    answers: list[Answer] = []
    for at in range(0, len(questions), AT_A_TIME):
        answers += node.csi_carriers(questions[at : at + AT_A_TIME])
    return answers


def compare(question: Question, answer: Answer) -> None:
    layout, n, _ = question
    error, found = answer
    try:
        expected = carriers(*question)
    except LayoutRefused as refusal:
        assert error == REFUSALS[type(refusal)], f"layout {layout:#06x}, {n}: {refusal}"
        return
    assert error == 0, f"layout {layout:#06x}, {n}: {EspErr(error).name}"
    assert found == expected, f"layout {layout:#06x}, {n} pairs"


def lengths(row: int) -> Iterator[int]:
    """Around every sum of a row's fields."""
    sums = {0, MAX_PAIRS}
    for name in ROWS[row].forms if row in ROWS else ():
        sums |= {total + FORMS[name].pairs for total in sums if total < MAX_PAIRS}
    yield from sorted({total + d for total in sums for d in (-1, 0, 1, 2) if total + d >= 0})


@MEMORY
def test_every_word(node: SensingNode) -> None:
    """All rows there could be, with every field absent or not, at every length that matters."""
    questions: list[Question] = [
        (layout_word(row, absent, invalid), n, None)
        for row in range(1, 256)
        for absent in range(8)
        for invalid in (False, True)
        for n in (lengths(row) if row in ROWS else (64,))
    ]
    questions += [(1 << bit | 1, 64, None) for bit in range(11, 15)]
    for question, answer in zip(questions, ask(node, questions), strict=True):
        compare(question, answer)


def frame_of(forms: tuple[str, ...], rng: np.random.Generator, smear: int = 0) -> np.ndarray:
    """A frame of these fields: carriers 10 to 60 counts strong, nulls empty."""
    parts = []
    for name in forms:
        form = FORMS[name]
        least, most = USED[form.basis]
        numbers = np.array([abs(form.carrier(pair)) for pair in range(form.pairs)])
        size = np.where((least <= numbers) & (numbers <= most), rng.uniform(10, 60), 0.0)
        size[(numbers == most + 1) | (numbers == least - 1)] = smear
        turn = rng.uniform(0, 2 * np.pi, form.pairs)
        parts.append(np.stack([size * np.sin(turn), size * np.cos(turn)], axis=1))
    return np.concatenate(parts).round().astype(np.int8)


def drawn() -> Iterator[np.ndarray]:
    """Of every row, whole, without its first field, cut, with a first word of no meaning, smeared;
    and frames that are nothing: noise, silence, other lengths."""
    rng = np.random.default_rng(5)
    for row in ROWS.values():
        for forms in (row.forms, row.forms[1:] or row.forms):
            whole = frame_of(forms, rng, smear=6 if FORMS[forms[0]].smear else 0)
            spoiled = whole.copy()
            spoiled[:2] = [[67, 48], [4, 0]]
            yield from (whole, spoiled, whole[:256])
    for n in (1, 2, 3, 16, 52, 53, 64, 100, 128, 190, 256, 306, 512, MAX_PAIRS):
        yield rng.integers(-128, 128, (n, 2)).astype(np.int8)
        yield np.zeros((n, 2), np.int8)
        yield np.full((n, 2), -128, np.int8)


@MEMORY
def test_what_the_pairs_say(node: SensingNode) -> None:
    everything = list(drawn())
    for first in (0, 0x8000):
        for at in range(0, len(everything), 12):
            questions: list[Question] = [(first, len(iq), iq) for iq in everything[at : at + 12]]
            for question, answer in zip(questions, node.csi_carriers(questions), strict=True):
                compare(question, answer)


@MEMORY
@pytest.mark.parametrize("data_set", SETS)
def test_the_table_is_true_of(node: SensingNode, data_set: str) -> None:
    """What the node makes of frames of real boards."""

    def of_node(taken: Sequence[Pairs]) -> list[Carriers]:
        answers: list[Answer] = []
        for at in range(0, len(taken), 64):
            answers += node.csi_carriers([(0, len(iq), iq) for iq in taken[at : at + 64]])
        assert not any(error for error, _ in answers)
        return [found for _, found in answers]

    demand_all(data_set, frames(data_set, of_node))


@MEMORY
def test_no_word_and_no_pairs(node: SensingNode) -> None:
    error, _ = node.csi_carriers([(0, 64, None)])[0]
    assert error == EspErr.ESP_ERR_INVALID_ARG
