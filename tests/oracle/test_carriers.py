"""The table of carriers against ESP-IDF's own figures, and its copy in the firmware."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kernels_ref.carriers import (
    FORMS,
    ROWS,
    Basis,
    LayoutContradicted,
    UnknownLayout,
    carriers,
    layout_of_length,
    layout_of_reception,
    layout_title,
    layout_word,
)
from kernels_ref.carriers_list import HEADER, c_header

ROOT = Path(__file__).resolve().parents[2]

# ESP-IDF 5.5.1, docs/en/api-guides/wifi.rst, "Wi-Fi Channel State Information": the columns by
# secondary channel, signal mode, bandwidth and STBC, each with its total bytes and the index ranges
# of LLTF, HT-LTF and STBC-HT-LTF. With a secondary channel the indices count from the middle of the
# 40 MHz.
WRAPPED_20, UPPER, LOWER = "0~31,-32~-1", "0~63", "-64~-1"
VENDOR = {
    ("none", "non HT", 20, False): (128, WRAPPED_20),
    ("none", "HT", 20, False): (256, WRAPPED_20, WRAPPED_20),
    ("none", "HT", 20, True): (384, WRAPPED_20, WRAPPED_20, WRAPPED_20),
    ("below", "non HT", 20, False): (128, UPPER),
    ("below", "HT", 20, False): (256, UPPER, UPPER),
    ("below", "HT", 20, True): (380, UPPER, "0~62", "0~62"),
    ("below", "HT", 40, False): (384, UPPER, "0~63,-64~-1"),
    ("below", "HT", 40, True): (612, UPPER, "0~60,-60~-1", "0~60,-60~-1"),
    ("above", "non HT", 20, False): (128, LOWER),
    ("above", "HT", 20, False): (256, LOWER, LOWER),
    ("above", "HT", 20, True): (376, LOWER, "-62~-1", "-62~-1"),
    ("above", "HT", 40, False): (384, LOWER, "0~63,-64~-1"),
    ("above", "HT", 40, True): (612, LOWER, "0~60,-60~-1", "0~60,-60~-1"),
}
# ESP-IDF 6.2 (master of July 2026), docs/en/api-guides/wifi-driver/wifi-vendor-features.rst, the
# table for the ESP32-C5.
VENDOR_V3 = {
    ("none", "non HT", 20, False): (106, "0~26,-26~-1"),
    ("none", "HT", 20, False): (114, "0~28,-28~-1"),
    ("none", "HT", 20, True): (228, "0~28,-28~-1", "0~28,-28~-1"),
    ("none", "HE", 20, False): (490, "0~122,-122~-1"),
    ("below", "non HT", 20, False): (106, "0~52"),
    ("below", "HT", 20, False): (114, "0~56"),
    ("below", "HT", 20, True): (228, "0~56", "0~56"),
    ("below", "HT", 40, False): (234, "0~58,-58~-1"),
    ("below", "HT", 40, True): (468, "0~58,-58~-1", "0~58,-58~-1"),
    ("above", "non HT", 20, False): (106, "-53~-1"),
    ("above", "HT", 20, False): (114, "-57~-1"),
    ("above", "HT", 20, True): (228, "-57~-1", "-57~-1"),
    ("above", "HT", 40, False): (234, "0~58,-58~-1"),
    ("above", "HT", 40, True): (468, "0~58,-58~-1", "0~58,-58~-1"),
}
OURS = {
    ("none", "non HT", 20, False): ("NON_HT", "V3_NON_HT"),
    ("none", "HT", 20, False): ("HT20", "V3_HT20"),
    ("none", "HT", 20, True): ("HT20_STBC", "V3_HT20_STBC"),
    ("none", "HE", 20, False): (None, "V3_HE20"),
    ("below", "non HT", 20, False): ("NON_HT_2ND", "V3_NON_HT_2ND"),
    ("below", "HT", 20, False): ("HT20_2ND", "V3_HT20_2ND"),
    ("below", "HT", 20, True): ("HT20_STBC_BELOW", "V3_HT20_STBC_2ND"),
    ("below", "HT", 40, False): ("HT40", "V3_HT40"),
    ("below", "HT", 40, True): ("HT40_STBC", "V3_HT40_STBC"),
    ("above", "non HT", 20, False): ("NON_HT_2ND", "V3_NON_HT_2ND"),
    ("above", "HT", 20, False): ("HT20_2ND", "V3_HT20_2ND"),
    ("above", "HT", 20, True): ("HT20_STBC_ABOVE", "V3_HT20_STBC_2ND"),
    ("above", "HT", 40, False): ("HT40", "V3_HT40"),
    ("above", "HT", 40, True): ("HT40_STBC", "V3_HT40_STBC"),
}
# The last column of ESP-IDF's tables of usable carriers: 802.11a/g, 802.11n in 20 and in 40 MHz,
# 802.11ax in 20 MHz (single user).
USABLE = {Basis.LLTF: 52, Basis.LLTF_STBC: 52, Basis.HT20: 56, Basis.HT40: 114, Basis.HE20: 242}


def indices(ranges: str) -> list[int]:
    found: list[int] = []
    for part in ranges.split(","):
        low, high = part.split("~")
        found += range(int(low), int(high) + 1)
    return found


def middle(secondary: str, field: list[int]) -> int:
    """Where the middle of the field's own band lies in the vendor's count. Of a 40 MHz channel the
    primary 20 MHz is the upper half where the secondary is below; fields of the ESP32-C5 that do
    not wrap have their middle in their own."""
    if field[0] == 0 and field[-1] == -1:
        return 0
    if len(field) < 60:
        return field[len(field) // 2]
    return 32 if secondary == "below" else -32


def row_named(name: str) -> int:
    return next(row.number for row in ROWS.values() if row.name == name)


def cases() -> list[tuple[str, tuple[str, str, int, bool], tuple[int, ...]]]:
    found = []
    for table, column in ((VENDOR, 0), (VENDOR_V3, 1)):
        for packet, (total, *fields) in table.items():
            name = OURS[packet][column]
            assert name is not None
            found.append((name, packet, (total, *fields)))
    return found


@pytest.mark.parametrize(
    ("name", "packet", "vendor"), cases(), ids=lambda value: str(value).replace(" ", "")
)
def test_every_pair_is_the_vendor_s(
    name: str, packet: tuple[str, str, int, bool], vendor: tuple[int, ...]
) -> None:
    total, *ranges = vendor
    row = ROWS[row_named(name)]
    assert len(row.forms) == len(ranges)
    assert 2 * sum(FORMS[form].pairs for form in row.forms) == total
    for form, text in zip(row.forms, ranges, strict=True):
        field = indices(str(text))
        centre = middle(packet[0], field)
        assert [FORMS[form].carrier(pair) for pair in range(FORMS[form].pairs)] == [
            k - centre for k in field
        ]


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_the_carriers_of_a_row(row: object) -> None:
    """As many as the standard has, symmetric, rising, each pair once."""
    number = next(n for n, other in ROWS.items() if other is row)
    total = sum(FORMS[form].pairs for form in ROWS[number].forms)
    found = carriers(number, total)
    numbers, pairs = found.numbers(), found.pairs()
    assert len(numbers) == USABLE[Basis(found.basis)]
    assert (np.diff(numbers) > 0).all() and (numbers == -numbers[::-1]).all()
    assert len(set(pairs.tolist())) == len(pairs) and pairs.min() >= 0 and pairs.max() < total
    form = FORMS[ROWS[number].forms[0]]
    assert [form.carrier(int(pair)) for pair in pairs] == numbers.tolist()


def test_an_invalid_first_word_takes_its_two_pairs() -> None:
    whole, spoiled = carriers(1, 64), carriers(layout_word(1, first_word_invalid=True), 64)
    assert sorted(set(whole.pairs()) - set(spoiled.pairs())) == [1]
    assert carriers(layout_word(4, first_word_invalid=True), 64) == carriers(4, 64)


def test_a_field_that_was_not_stored() -> None:
    """Only the HT-LTF: its pairs come first."""
    found = carriers(layout_word(8, absent=0b001), 128)
    assert found.basis == Basis.HT40
    assert found.runs[1].pair == 2 and found.runs[1].carrier == 2
    assert carriers(layout_word(8, absent=0b010), 64) == carriers(8, 192)


def test_where_a_carrier_comes_again() -> None:
    """In HT20 frames of one antenna the LLTF and the HT-LTF have the same carriers; where one of
    them is not there, or the second antenna's is, they do not."""
    again = {word: carriers(word, n).again for word, n in ((2, 128), (5, 128), (1, 64), (8, 192))}
    assert again == {2: 64, 5: 64, 1: 0, 8: 0}
    assert carriers(3, 192).again == 0 and carriers(19, 114).again == 0
    assert carriers(layout_word(2, absent=0b001), 64).again == 0
    assert carriers(layout_word(2, absent=0b010), 64).again == 0


@pytest.mark.parametrize(("word", "pairs"), [(1, 63), (1, 66), (8, 0), (9, 1025), (2, 130)])
def test_another_number_of_pairs_is_refused(word: int, pairs: int) -> None:
    with pytest.raises(LayoutContradicted, match="n_subcarriers"):
        carriers(word, pairs)


@pytest.mark.parametrize("word", [15, 255, 0x0101 | 0x0800, 0x0100, layout_word(1, absent=0b111)])
def test_words_of_no_meaning_are_refused(word: int) -> None:
    with pytest.raises(UnknownLayout, match="layout"):
        carriers(word, 64)


SECONDARY = {"none": 0, "above": 1, "below": 2}  # ESP-IDF's wifi_second_chan_t


@pytest.mark.parametrize("packet", VENDOR, ids=str)
def test_a_reception_gives_its_row(packet: tuple[str, str, int, bool]) -> None:
    """From the fields of rx_ctrl that the vendor's table names, the row with its bytes."""
    secondary, signal, width, stbc = packet
    word = layout_of_reception(SECONDARY[secondary], int(signal == "HT"), int(width == 40), stbc)
    assert ROWS[word].name == OURS[packet][0]


@pytest.mark.parametrize("packet", VENDOR_V3, ids=str)
def test_a_length_gives_its_row(packet: tuple[str, str, int, bool]) -> None:
    total = VENDOR_V3[packet][0]
    assert ROWS[layout_of_length(SECONDARY[packet[0]], total // 2)].name == OURS[packet][1]


@pytest.mark.parametrize(
    ("secondary", "sig_mode", "cwb", "stbc"),
    [(3, 1, 0, 0), (0, 3, 0, 0), (0, 1, 1, 0), (3, 0, 0, 0)],
)
def test_a_reception_that_the_table_does_not_have_is_not_told(
    secondary: int, sig_mode: int, cwb: int, stbc: int
) -> None:
    word = layout_of_reception(secondary, sig_mode, cwb, stbc, first_word_invalid=True)
    assert word == layout_word(0, first_word_invalid=True)
    assert layout_of_length(secondary, 100) == 0


def test_fields_that_are_switched_off_are_told_absent() -> None:
    """Of those that the packet has: then its shorter frames are taken."""
    assert layout_of_reception(0, 0, 0, 0, kept=0b011) == layout_word(1)
    assert layout_of_reception(0, 1, 0, 0, kept=0b001) == layout_word(2, absent=0b010)
    word = layout_of_reception(2, 1, 0, 1, kept=0b011)
    assert word == layout_word(6, absent=0b100)
    assert carriers(word, 128).basis == Basis.LLTF_STBC  # 127 pairs, filled up to whole words


def test_the_firmware_has_this_table() -> None:
    remedy = f"python -m kernels_ref.carriers_list {HEADER}"
    assert (ROOT / HEADER).read_text(encoding="utf-8") == c_header(), remedy


def test_words_for_people() -> None:
    assert layout_title(0) == "not known"
    assert layout_title(layout_word(2, absent=0b010, first_word_invalid=True)) == (
        "20 MHz, LLTF and HT-LTF, without field 2, first word invalid"
    )
