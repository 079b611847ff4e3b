"""Which column of a CSI_DATA row is what: by the header, else by how many there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_START = "type id mac rssi rate"
_RADIO = "sig_mode mcs bandwidth smoothing not_sounding aggregation stbc fec_coding sgi"
_CHANNEL = "noise_floor ampdu_cnt channel secondary_channel local_timestamp ant sig_len rx_state"

# Without the samples, which end each of them.
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
"""Where a row has its time, the radio's own clock first."""

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


@dataclass(frozen=True)
class Header:
    """A line of names. before and behind: those on both sides of the samples."""

    before: tuple[str, ...]
    behind: tuple[str, ...]


def header_of(line: str) -> Header | None:
    """The header that a line is; None for any other line."""
    names = [cell.strip().strip('"').lower() for cell in line.split(",")]
    names = [_OTHER_NAMES.get(name, name) for name in names]
    at = next((i for i, name in enumerate(names) if name in _SAMPLES), None)
    if at is None or not {"mac", "rssi", "len", *TIMES} & set(names[:at]):
        return None
    first = names.index("type") if "type" in names[:at] else 0
    return Header(tuple(names[first:at]), tuple(names[at + 1 :]))


def columns_for(
    header: Header | None, before: Sequence[str], behind: Sequence[str]
) -> dict[str, str] | None:
    """The cells of a row by name; None where neither the header nor any known form fits.

    A header counts only for rows with as many cells: a widely used logger writes that of another
    chip above the rows of an ESP32-C6.
    """
    if header and len(before) == len(header.before):
        named = dict(zip(header.before, before, strict=True))
        if "mac" not in named or _MAC.fullmatch(named["mac"]):
            return {**named, **dict(zip(header.behind, behind, strict=False))}
    names: Sequence[str] | None = _BY_COUNT.get(len(before))
    if len(before) == len(CSI_TOOL) and not before[1].lstrip("-").isdigit():
        names = CSI_TOOL
    if names is None or not _MAC.fullmatch(before[2]):
        return None
    return dict(zip(names, before, strict=True))
