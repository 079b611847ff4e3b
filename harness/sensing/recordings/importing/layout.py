"""The layout word of a frame, from what a row says of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from kernels_ref.carriers import FORMS, ROWS, layout_word

_NON_HT, _HT = 0, 1  # sig_mode
_ABOVE = 1  # secondary_channel


def layout_of_row(row: Mapping[str, str], n_samples: int, is_amplitude: bool) -> int:
    """The word of a row with `sig_mode` and `bandwidth`, as the ESP32, S2, S3 and C3 print them.

    0, not told, where the row does not say enough or its samples are not as many as that: the
    frame's nulls have to tell then.
    """
    pairs = n_samples if is_amplitude else n_samples // 2
    number = _row_number(row)
    stored = list(accumulate(_field_pairs(number)))
    if not stored:
        return 0
    if stored[-1] <= pairs <= stored[-1] + 1:  # the driver pads to whole words
        return layout_word(number, 0, _first_word_invalid(row))
    if pairs not in stored:
        return 0
    absent = sum(1 << field for field in range(stored.index(pairs) + 1, len(stored)))
    return layout_word(number, absent, _first_word_invalid(row))


def whole_fields(row: Mapping[str, str]) -> list[int]:
    """How many bytes the first field of such a frame has, the first two, and so on."""
    return [2 * pairs for pairs in accumulate(_field_pairs(_row_number(row)) or (64, 64, 64))]


def _field_pairs(number: int) -> list[int]:
    return [FORMS[name].pairs for name in ROWS[number].forms] if number else []


def _first_word_invalid(row: Mapping[str, str]) -> bool:
    """What the row says; a row that does not say it is of a classic ESP32, whose first is."""
    return row.get("first_word", "1") not in ("", "0")


def _row_number(row: Mapping[str, str]) -> int:
    """Of the table of layouts; 0 where the row does not say enough."""
    try:
        mode, wide, secondary, stbc = (
            int(row[name]) for name in ("sig_mode", "bandwidth", "secondary_channel", "stbc")
        )
    except (KeyError, ValueError):
        return 0
    if mode == _NON_HT:
        return 4 if secondary else 1
    if mode != _HT:
        return 0
    if wide:
        return 9 if stbc else 8
    if not secondary:
        return 3 if stbc else 2
    if not stbc:
        return 5
    return 7 if secondary == _ABOVE else 6
