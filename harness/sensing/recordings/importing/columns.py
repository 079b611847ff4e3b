"""Which column of a CSI_DATA row is what, and which layout its frame has.

The header names the columns; without a header their number shows the form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from kernels_ref.carriers import FORMS, ROWS, layout_word

_START = "type id mac rssi rate"
_RADIO = "sig_mode mcs bandwidth smoothing not_sounding aggregation stbc fec_coding sgi"
_CHANNEL = "noise_floor ampdu_cnt channel secondary_channel local_timestamp ant sig_len rx_state"

# The columns before the samples.
ESP_CSI = f"{_START} {_RADIO} {_CHANNEL} len first_word".split()
ESP_CSI_GAINS = f"{_START} {_RADIO} {_CHANNEL} agc_gain fft_gain len first_word".split()
ESP_CSI_C6 = (
    f"{_START} noise_floor fft_gain agc_gain channel local_timestamp sig_len rx_state"
    " len first_word"
).split()
ESP_CSI_C6_PLAIN = (
    f"{_START} noise_floor channel local_timestamp sig_len rx_state len first_word"
).split()
CSI_TOOL = (f"type role mac rssi rate {_RADIO} {_CHANNEL} real_time_set real_timestamp len").split()

_BY_COUNT: Mapping[int, Sequence[str]] = {
    len(names): names for names in (ESP_CSI, ESP_CSI_GAINS, ESP_CSI_C6, ESP_CSI_C6_PLAIN)
}
_SAMPLES = ("data", "csi_data", "csi", "csi_raw")
_TIMES = ("local_timestamp", "timestamp_us", "timestamp", "real_timestamp")
_HOST_TIMES = ("recv_time", "machine_timestamp", "host_time", "host_timestamp", "time", "ts")
TIMES = (*_TIMES, *_HOST_TIMES)
"""Columns of a row's time, the radio's own clock first."""

_OTHER_NAMES = {
    "sigmode": "sig_mode",
    "cwb": "bandwidth",
    "notsounding": "not_sounding",
    "feccoding": "fec_coding",
    "noisefloor": "noise_floor",
    "ampducnt": "ampdu_cnt",
    "secondarychannel": "secondary_channel",
    "secondary": "secondary_channel",
    "localtimestamp": "local_timestamp",
    "siglen": "sig_len",
    "rxstate": "rx_state",
    "firstword": "first_word",
    "first_word_invalid": "first_word",
    "source_mac": "mac",
    "src_mac": "mac",
    "seq": "id",
}
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")

_ABOVE = 1  # secondary_channel


@dataclass(frozen=True)
class Header:
    """A line of names. before, after: the names before and after the samples."""

    before: tuple[str, ...]
    after: tuple[str, ...]


def header_of(line: str) -> Header | None:
    """The line as a header; None where it is not one."""
    names = [cell.strip().strip('"').lower() for cell in line.split(",")]
    names = [_OTHER_NAMES.get(name, name) for name in names]
    at = next((i for i, name in enumerate(names) if name in _SAMPLES), None)
    if at is None or not {"mac", "rssi", "len", *TIMES} & set(names[:at]):
        return None
    first = names.index("type") if "type" in names[:at] else 0
    return Header(tuple(names[first:at]), tuple(names[at + 1 :]))


def columns_for(
    header: Header | None, before: Sequence[str], after: Sequence[str]
) -> dict[str, str] | None:
    """The cells of a row by name; None where neither the header nor a known form fits.

    A header counts only for rows with as many cells, because a widely used logger writes the header
    of another chip above the rows of an ESP32-C6.
    """
    if header and len(before) == len(header.before):
        named = dict(zip(header.before, before, strict=True))
        if "mac" not in named or _MAC.fullmatch(named["mac"]):
            return {**named, **dict(zip(header.after, after, strict=False))}
    names: Sequence[str] | None = _BY_COUNT.get(len(before))
    if len(before) == len(CSI_TOOL) and not before[1].lstrip("-").isdigit():
        names = CSI_TOOL
    if names is None or not _MAC.fullmatch(before[2]):
        return None
    return dict(zip(names, before, strict=True))


_NON_HT, _HT = 0, 1  # sig_mode


def layout_of_row(row: Mapping[str, str], n_samples: int, is_amplitude: bool) -> int:
    """The word of a row with `sig_mode` and `bandwidth`, as the ESP32, S2, S3 and C3 print them.

    0, which means not known, where the row does not say enough or has another number of samples:
    then the nulls of the frame have to show it.
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
    """The bytes of the first training field of such a frame, of the first two, and so on."""
    return [2 * pairs for pairs in accumulate(_field_pairs(_row_number(row)) or (64, 64, 64))]


def _field_pairs(number: int) -> list[int]:
    return [FORMS[name].pairs for name in ROWS[number].forms] if number else []


def _first_word_invalid(row: Mapping[str, str]) -> bool:
    """What the row says. A row without it comes from a classic ESP32, whose first word is
    invalid."""
    return row.get("first_word", "1") not in ("", "0")


def _row_number(row: Mapping[str, str]) -> int:
    """The row's number in the table of layouts; 0 where the row does not say enough."""
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
