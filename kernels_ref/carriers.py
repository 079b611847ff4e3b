"""What the bytes of a frame of channel state mean: which pair is which carrier.

This is the only such table. `kernels_ref.carriers_list` writes the firmware's copy of it, and a
test compares the two. Sources: ESP-IDF 5.5 and 6.2, "Wi-Fi Channel State Information" (lengths and
indices by packet and secondary channel; the chips of MAC version 3 have a table of their own), IEEE
802.11-2020 and 802.11ax (which carriers a training field has). ESP-IDF says nothing about MAC
version 2 (ESP32-C6): its rows come from frames that people published, and are used only for frames
whose nulls fit them.

Carriers count from the middle of the field's own band: of the primary 20 MHz for LLTF and HT20, of
the 40 MHz for HT40. Pairs are (imaginary, real).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_PAIRS = 4 * 256

ROW_MASK = 0x00FF
ABSENT_SHIFT = 8  # bits 8 to 10: the row's first, second, third field was not stored
FIRST_WORD_INVALID = 0x8000
RESERVED_MASK = 0x7800

FIRST_WORD_PAIRS = 2
CUT_PAIRS = 256  # some recorders keep 512 bytes of a longer frame
PREFERRED_FIELD = 0  # of a row's fields: the LLTF, which every packet has; else the first stored
FAINT_NULL = 16  # a null holds at most this fraction of a pair's mean power


class Basis(IntEnum):
    """Which carriers of which field; frames of one basis can be compared carrier by carrier.

    Two antennas send the LLTF of an STBC packet at once, so it looks different from the LLTF of
    other packets in the same room.
    """

    LLTF = 1
    LLTF_STBC = 2
    HT20 = 3
    HT40 = 4
    HE20 = 5
    PLAIN = 0x1000  # added to the number of pairs, of which nothing more is known


@dataclass(frozen=True)
class Form:
    """How a training field is stored: pair p is carrier `first` + p, from pair `wrap` on
    `wrapped` + p - wrap. `smear`: the chip's channel filter may spread into the next null."""

    basis: Basis
    pairs: int
    first: int
    wrap: int
    wrapped: int
    smear: int

    def carrier(self, pair: int) -> int:
        """The carrier of a pair of the field."""
        return self.first + pair if pair < self.wrap else self.wrapped + pair - self.wrap


USED = {  # the carriers a field has: least <= |k| <= most
    Basis.LLTF: (1, 26),
    Basis.HT20: (1, 28),
    Basis.HT40: (2, 58),
    Basis.HE20: (2, 122),
}

FORMS = {
    "LLTF_WRAPPED": Form(Basis.LLTF, 64, 0, 32, -32, 1),
    "LLTF_RISING": Form(Basis.LLTF, 64, -32, 64, 0, 1),
    "HT20_WRAPPED": Form(Basis.HT20, 64, 0, 32, -32, 1),
    "HT20_RISING": Form(Basis.HT20, 64, -32, 64, 0, 1),
    "HT20_RISING_63": Form(Basis.HT20, 63, -32, 63, 0, 1),
    "HT20_RISING_62": Form(Basis.HT20, 62, -30, 62, 0, 1),
    "HT40_WRAPPED": Form(Basis.HT40, 128, 0, 64, -64, 1),
    "HT40_WRAPPED_121": Form(Basis.HT40, 121, 0, 61, -60, 1),
    "LLTF_WRAPPED_53": Form(Basis.LLTF, 53, 0, 27, -26, 0),
    "LLTF_RISING_53": Form(Basis.LLTF, 53, -26, 53, 0, 0),
    "HT20_WRAPPED_57": Form(Basis.HT20, 57, 0, 29, -28, 0),
    "HT20_RISING_57": Form(Basis.HT20, 57, -28, 57, 0, 0),
    "HT40_WRAPPED_117": Form(Basis.HT40, 117, 0, 59, -58, 0),
    "HE20_WRAPPED_245": Form(Basis.HE20, 245, 0, 123, -122, 0),
    "HT20_RISING_64": Form(Basis.HT20, 64, -32, 64, 0, 0),
    "HT40_RISING_128": Form(Basis.HT40, 128, -64, 128, 0, 0),
    "HE20_RISING_256": Form(Basis.HE20, 256, -128, 256, 0, 0),
}


@dataclass(frozen=True)
class Row:
    """The fields of a frame: the names of their forms, in the order in which they are stored."""

    number: int
    name: str
    title: str
    stbc: bool
    forms: tuple[str, ...]


def _rows() -> Iterator[Row]:
    """Rows are only ever added: recordings hold their numbers."""
    lltf, ht20 = ("LLTF_WRAPPED", "LLTF_RISING"), ("HT20_WRAPPED", "HT20_RISING")
    # ESP32, S2, S3, C3
    yield Row(1, "NON_HT", "20 MHz, LLTF", False, lltf[:1])
    yield Row(2, "HT20", "20 MHz, LLTF and HT-LTF", False, (lltf[0], ht20[0]))
    yield Row(3, "HT20_STBC", "20 MHz, LLTF and two HT-LTF", True, (lltf[0], ht20[0], ht20[0]))
    yield Row(4, "NON_HT_2ND", "primary of 40 MHz, LLTF", False, lltf[1:])
    yield Row(5, "HT20_2ND", "primary of 40 MHz, LLTF and HT-LTF", False, (lltf[1], ht20[1]))
    below, above, wide = "HT20_RISING_63", "HT20_RISING_62", "HT40_WRAPPED_121"
    yield Row(
        6, "HT20_STBC_BELOW", "upper of 40 MHz, LLTF and two HT-LTF", True, (lltf[1], below, below)
    )
    yield Row(
        7, "HT20_STBC_ABOVE", "lower of 40 MHz, LLTF and two HT-LTF", True, (lltf[1], above, above)
    )
    yield Row(8, "HT40", "40 MHz, LLTF and HT-LTF", False, (lltf[1], "HT40_WRAPPED"))
    yield Row(9, "HT40_STBC", "40 MHz, LLTF and two HT-LTF", True, (lltf[1], wide, wide))
    # MAC version 3: C5, C61
    yield Row(16, "V3_NON_HT", "20 MHz, LLTF of 53", False, ("LLTF_WRAPPED_53",))
    yield Row(17, "V3_NON_HT_2ND", "primary of 40 MHz, LLTF of 53", False, ("LLTF_RISING_53",))
    yield Row(18, "V3_HT20", "20 MHz, HT-LTF of 57", False, ("HT20_WRAPPED_57",))
    yield Row(19, "V3_HT20_STBC", "20 MHz, two HT-LTF of 57", True, ("HT20_WRAPPED_57",) * 2)
    yield Row(20, "V3_HT20_2ND", "primary of 40 MHz, HT-LTF of 57", False, ("HT20_RISING_57",))
    yield Row(
        21,
        "V3_HT20_STBC_2ND",
        "primary of 40 MHz, two HT-LTF of 57",
        True,
        ("HT20_RISING_57",) * 2,
    )
    yield Row(22, "V3_HT40", "40 MHz, HT-LTF of 117", False, ("HT40_WRAPPED_117",))
    yield Row(23, "V3_HT40_STBC", "40 MHz, two HT-LTF of 117", True, ("HT40_WRAPPED_117",) * 2)
    yield Row(24, "V3_HE20", "20 MHz, HE-LTF of 245", False, ("HE20_WRAPPED_245",))
    # MAC version 2: C6
    yield Row(32, "V2_HT20", "20 MHz, HT-LTF rising", False, ("HT20_RISING_64",))
    yield Row(33, "V2_HT40", "40 MHz, HT-LTF rising", False, ("HT40_RISING_128",))
    yield Row(34, "V2_HE20", "20 MHz, HE-LTF rising", False, ("HE20_RISING_256",))


ROWS = {row.number: row for row in _rows()}


class LayoutRefused(ValueError):
    """The carriers of a frame are not known."""


class UnknownLayout(LayoutRefused):
    """The layout word has no meaning."""


class LayoutContradicted(LayoutRefused):
    """The frame has another number of pairs than its layout word says, or than any frame has."""


@dataclass(frozen=True)
class Run:
    """`count` neighbouring pairs; the first one, `pair`, is the carrier `carrier`."""

    pair: int
    carrier: int
    count: int


@dataclass(frozen=True)
class Carriers:
    """The carriers of a frame's first antenna, in rising order.

    row: the number of the layout row, 0 where it is not known. again: a second field has each
    carrier of the same antenna once more, so many pairs further on; 0 where there is none. The sum
    of the two amplitudes has twice the resolution.
    """

    basis: int
    row: int
    runs: tuple[Run, ...]
    again: int = 0

    @property
    def plain(self) -> bool:
        """Whether the pairs are taken in their order, because nothing says what they are."""
        return self.row == 0

    def pairs(self) -> NDArray[np.intp]:
        """The pairs, int [n], in the order of the carriers."""
        return np.concatenate([np.arange(run.pair, run.pair + run.count) for run in self.runs])

    def numbers(self) -> NDArray[np.intp]:
        """The carriers of the pairs, int [n], rising."""
        return np.concatenate([np.arange(r.carrier, r.carrier + r.count) for r in self.runs])


def layout_word(row: int, absent: int = 0, first_word_invalid: bool = False) -> int:
    """The layout word of a frame; bit i of `absent`: field i of the row was not stored."""
    return row | absent << ABSENT_SHIFT | (FIRST_WORD_INVALID if first_word_invalid else 0)


_SECOND = {0: "none", 1: "above", 2: "below"}  # ESP-IDF's wifi_second_chan_t
_OF_PACKET = {  # secondary channel there, 40 MHz, STBC: row of an HT packet
    (False, False, False): 2,
    (False, False, True): 3,
    (True, False, False): 5,
    (True, True, False): 8,
    (True, True, True): 9,
}
_OF_LENGTH = {53: (16, 17), 57: (18, 20), 114: (19, 21), 117: (0, 22), 234: (0, 23), 245: (24, 0)}


def layout_of_reception(
    secondary: int,
    sig_mode: int,
    cwb: int,
    stbc: int,
    *,
    first_word_invalid: bool = False,
    kept: int = 0b111,
) -> int:
    """The layout word of a frame of an ESP32, S2, S3 or C3, from ESP-IDF's `rx_ctrl`.

    kept: bit i says that field i (LLTF, HT-LTF, second HT-LTF) is stored if a packet has it. The
    row is 0 for a reception that is not in the table.
    """
    second = _SECOND.get(secondary)
    row, fields = 0, 1
    if second is not None and sig_mode == 0:
        row = 1 if second == "none" else 4
    elif second is not None and sig_mode == 1:
        row = _OF_PACKET.get((second != "none", bool(cwb), bool(stbc)), 0)
        fields = 0b111 if stbc else 0b011
        if second != "none" and stbc and not cwb:
            row = 6 if second == "below" else 7
    return layout_word(row, fields & ~kept if row else 0, first_word_invalid)


def layout_of_length(
    secondary: int, n_subcarriers: int, *, first_word_invalid: bool = False
) -> int:
    """The layout word of a frame of a C5 or C61, which stores one field without saying which."""
    rows = _OF_LENGTH.get(n_subcarriers, (0, 0)) if secondary in _SECOND else (0, 0)
    return layout_word(rows[secondary != 0], 0, first_word_invalid)


def layout_title(layout: int) -> str:
    """The layout word as a text for people."""
    row = ROWS.get(layout & ROW_MASK)
    title = row.title if row else "not known" if layout & ROW_MASK == 0 else "unknown"
    if row and layout >> ABSENT_SHIFT & 7:
        gone = [str(i + 1) for i in range(3) if layout >> (ABSENT_SHIFT + i) & 1]
        title += f", without field {' and '.join(gone)}"
    return title + (", first word invalid" if layout & FIRST_WORD_INVALID else "")


def carriers(layout: int, n_subcarriers: int, iq: NDArray[np.int8] | None = None) -> Carriers:
    """The carriers of a frame with `n_subcarriers` pairs an antenna.

    iq: int8 [n_subcarriers or more, 2], needed only if the word has no row. Raises UnknownLayout,
    LayoutContradicted, and LayoutRefused where the pairs are needed and missing.
    """
    if not 1 <= n_subcarriers <= MAX_PAIRS:
        raise LayoutContradicted(f"n_subcarriers {n_subcarriers}: 1 to {MAX_PAIRS}")
    number, absent = layout & ROW_MASK, layout >> ABSENT_SHIFT & 7
    if layout & RESERVED_MASK or (number == 0 and absent):
        raise UnknownLayout(f"layout {layout:#06x}: bits of no meaning are set")
    skip = 0 if number and not layout & FIRST_WORD_INVALID else FIRST_WORD_PAIRS
    if number:
        if number not in ROWS:
            raise UnknownLayout(f"layout row {number}: no such row")
        return _of_row(ROWS[number], absent, n_subcarriers, skip)
    if iq is None:
        raise LayoutRefused("layout 0: the pairs are needed to tell what they are")
    guessed = _guessed_by_nulls(n_subcarriers, iq)
    if guessed:
        return _of_row(*guessed, n_subcarriers, skip)
    skip = FIRST_WORD_PAIRS if layout & FIRST_WORD_INVALID else 0
    if n_subcarriers <= skip:
        raise LayoutContradicted(f"n_subcarriers {n_subcarriers}: none is left")
    run = Run(skip, skip - n_subcarriers // 2, n_subcarriers - skip)
    return Carriers(Basis.PLAIN + n_subcarriers, 0, (run,))


def _stored(row: Row, absent: int) -> list[tuple[int, int, Form]]:
    """Index, first pair and form of each field that was stored."""
    found, at = [], 0
    for index, name in enumerate(row.forms):
        if not absent >> index & 1:
            found.append((index, at, FORMS[name]))
            at += FORMS[name].pairs
    return found


def _of_row(row: Row, absent: int, n: int, skip: int) -> Carriers:
    fields = _stored(row, absent)
    if not fields:
        raise UnknownLayout(f"layout row {row.number}: no field was stored")
    total = sum(form.pairs for _, _, form in fields)
    _, at, form = next((f for f in fields if f[0] == PREFERRED_FIELD), fields[0])
    if not at + form.pairs <= n <= total + 1:  # the driver pads to whole words
        raise LayoutContradicted(f"n_subcarriers {n}: layout row {row.number} has {total}")
    least, most = USED[form.basis]
    runs = []
    for sign in (-1, 1):
        used = [
            (at + pair, form.carrier(pair))
            for pair in range(form.pairs)
            if least <= sign * form.carrier(pair) <= most and at + pair >= skip
        ]
        runs.append(Run(*used[0], len(used)))
    basis = Basis.LLTF_STBC if row.stbc and form.basis is Basis.LLTF else form.basis
    again = 0
    for index, second, other in fields:
        alike = (other.first, other.wrap, other.wrapped) == (form.first, form.wrap, form.wrapped)
        follows = second == at + form.pairs and index == PREFERRED_FIELD + 1
        if follows and alike and not row.stbc and n >= second + other.pairs:
            again = form.pairs
    return Carriers(basis, row.number, tuple(runs), again)


def _nulls(fields: list[tuple[int, int, Form]], n: int) -> tuple[list[int], int]:
    """The pairs that are nulls for certain, and the number of all pairs that are no carriers.

    Pairs are not certain beside a carrier, if the filter smears, and in the places of the first
    word and of the angle of the second antenna's delay.
    """
    sure, empty = [], 0
    for index, at, form in fields:
        least, most = USED[form.basis]
        for pair in range(min(form.pairs, n - at)):
            k = abs(form.carrier(pair))
            empty += not least <= k <= most
            far = k > most + form.smear or least - k > form.smear
            other = at + pair < FIRST_WORD_PAIRS or (index > 0 and pair == 0)
            if far and not (form.smear and other):
                sure.append(at + pair)
    return sure, empty


@dataclass(frozen=True)
class _Guess:
    """What a frame may be: a row, its certain nulls and the number of all its nulls."""

    row: Row
    absent: int
    sure: NDArray[np.intp]
    empty: int


@cache
def _guesses(n: int) -> tuple[_Guess, ...]:
    found = []
    for row in ROWS.values():
        for absent in (0, 1) if len(row.forms) > 1 else (0,):  # all fields, or all but the first
            fields = _stored(row, absent)
            pairs = sum(form.pairs for _, _, form in fields)
            if pairs == n or pairs > n == CUT_PAIRS:
                sure, empty = _nulls(fields, n)
                found.append(_Guess(row, absent, np.array(sure, np.intp), empty))
    return tuple(found)


def _guessed_by_nulls(n: int, iq: NDArray[np.int8]) -> tuple[Row, int] | None:
    """The row whose nulls have the least power, and which of its fields were not stored.

    Of several such rows it is the one with most nulls. None if no row has empty nulls.
    """
    power = np.square(iq[:n].astype(np.int64)).sum(axis=1)
    total = int(power[FIRST_WORD_PAIRS:].sum())
    best: tuple[Fraction, int] | None = None
    found = None
    for guess in _guesses(n) if total > 0 else ():
        held = Fraction(int(power[guess.sure].sum()), len(guess.sure))
        fits = FAINT_NULL * held * (n - FIRST_WORD_PAIRS) <= total
        if fits and (best is None or (held, -guess.empty) < best):
            best, found = (held, -guess.empty), (guess.row, guess.absent)
    return found
