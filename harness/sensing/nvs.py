"""The settings of a node: name, type, range and meaning of each; and the partition with them.

The names are the keys in NVS. Espressif's own generator makes the partition's image.
"""

from __future__ import annotations

import csv
import ipaddress
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.errors import BenchError
from harness.program_output import program_output

NAMESPACE = "node"
Value = int | str | bytes

_MAX_CHANNELS = 14
_THOUSANDTHS = 1000
_SHARE = "0.0 to 1.0"

# Where both partition tables have it.
NVS_OFFSET = 0x9000
NVS_SIZE = 0x6000
_GENERATE_S = 60.0


class SettingInvalid(BenchError):
    """A setting that no node accepts: its name, the value, and what would be right."""

    def __init__(self, name: str, given: object, why: str, remedy: str) -> None:
        super().__init__(f"Setting {name} = {given!r}: {why}.", remedy)
        self.name = name
        self.given = given


@dataclass(frozen=True)
class Setting:
    """One setting. The firmware's list (node_setting_list.h) says the same, and a test compares
    them.

    encoding: its name in nvs_partition_gen. low, high: limits of the stored value, or of the number
    of bytes for text and tables. default: where it was never set; None where there is no default,
    or the image has one. read: makes a value of text; raises ValueError with the reason.
    """

    name: str
    encoding: str
    meaning: str
    takes: str  # the accepted values, for a person
    low: int
    high: int
    default: int | None
    read: Callable[[str], Value]
    is_secret: bool = False

    @property
    def default_text(self) -> str:
        """The default as a user would write it; empty where there is none."""
        if self.default is None:
            return ""
        is_share = self.takes == _SHARE
        return f"{self.default / _THOUSANDTHS:g}" if is_share else str(self.default)


def _number(name: str, encoding: str, meaning: str, low: int, high: int, default: int) -> Setting:
    def read(text: str) -> int:
        try:
            value = int(text, 0)
        except ValueError:
            raise ValueError("it is not a whole number") from None
        if not low <= value <= high:
            raise ValueError("it is out of range")
        return value

    takes = f"{low} or {high}" if high - low == 1 else f"{low} to {high}"
    return Setting(name, encoding, meaning, takes, low, high, default, read)


def _threshold(name: str, meaning: str, default: int) -> Setting:
    """A value from 0 to 1, stored in thousandths."""

    def read(text: str) -> int:
        try:
            value = float(text)
        except ValueError:
            raise ValueError("it is not a number") from None
        if not 0.0 <= value <= 1.0:
            raise ValueError("it is out of range")
        return round(value * _THOUSANDTHS)

    thousandths = f"{meaning} (thousandths)"
    return Setting(name, "u16", thousandths, _SHARE, 0, _THOUSANDTHS, default, read)


def _check_text(text: str, low: int, high: int) -> str:
    size = len(text.encode("utf-8"))
    if not low <= size <= high:
        raise ValueError(f"it has {size} bytes")
    if not text.isprintable():
        raise ValueError("it holds control characters")
    return text


def _ssid(text: str) -> str:
    return _check_text(text, 1, 32)


def _password(text: str) -> str:
    return _check_text(text, 8, 63) if text else text


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("it is not an IPv4 address") from None


def _channels(text: str) -> bytes:
    try:
        channels = bytes(int(word) for word in text.split(",") if text)
    except ValueError:
        raise ValueError("it is not a list of channels") from None
    if not all(1 <= channel <= _MAX_CHANNELS for channel in channels):
        raise ValueError("a channel is out of range")
    if len(channels) > _MAX_CHANNELS or len(set(channels)) != len(channels):
        raise ValueError("a channel is there twice")
    return channels


def _sender(text: str) -> bytes:
    words = re.split("[:-]", text) if text else []
    if not all(re.fullmatch("[0-9a-fA-F]{2}", word) for word in words) or len(words) not in (0, 6):
        raise ValueError("it is not a MAC address")
    mac = bytes(int(word, 16) for word in words)
    if mac and (mac[0] & 1 or not any(mac)):
        raise ValueError("it is a group address, or all zeros")
    return mac


_ALL = (
    _number("node_id", "u8", "node id in every packet", 0, 255, 1),
    Setting("ssid", "string", "network to join", "1 to 32 bytes of text", 1, 32, None, _ssid),
    Setting(
        "password",
        "string",
        "the network's password",
        "8 to 63 bytes of text, or nothing for an open network",
        0,
        63,
        None,
        _password,
        is_secret=True,
    ),
    Setting("target_host", "string", "where packets go", "an IPv4 address", 7, 15, None, _address),
    _number("target_port", "u16", "UDP port they go to", 1, 65535, 5005),
    _number("embed_weights", "u32", "use the image's own weights", 0, 1, 1),
    _number("start_head", "u32", "start the temporal head at boot", 0, 1, 1),
    _number("edge_tier", "u8", "computed on the node: raw, motion, vital signs too", 0, 2, 2),
    _number("min_pkt_yield", "u16", "packets a second; fewer: the node is degraded", 0, 1000, 5),
    _threshold("thr_coherence", "coherence below which the node is degraded", 200),
    _threshold("thr_anomaly", "anomaly from which the node is alert", 600),
    _threshold("thr_motion", "motion from which the node is active", 200),
    _threshold("thr_presence", "presence from which somebody is there", 500),
    _threshold("thr_still", "motion below which they are still", 50),
    Setting(
        "hop_table",
        "hex2bin",
        "channels to hop over",
        "channels 1 to 14, as in 1,6,11, or nothing to stay on one",
        0,
        _MAX_CHANNELS,
        None,
        _channels,
    ),
    _number("hop_dwell_ms", "u16", "time on a channel, ms", 10, 60000, 100),
    Setting(
        "sender",
        "hex2bin",
        "whose frames are taken, without a network to join",
        "a MAC address, as in 02:c5:11:00:00:01, or nothing for everybody's",
        0,
        6,
        None,
        _sender,
    ),
    _number("traffic_hz", "u16", "pings of the gateway a second, to hear its answers", 0, 100, 50),
    _number("temporal_feed", "u8", "what the head is fed with: states, spectra", 0, 1, 0),
    _number("spectrum_hop", "u8", "20 ms from one spectrum to the next", 1, 50, 10),
)
SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _ALL})


def parse_setting(name: str, text: str) -> Value:
    """The value as it goes into NVS. Raises SettingInvalid."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise SettingInvalid(
            name, text, "there is no such setting", f"Known: {', '.join(SETTINGS)}."
        )
    try:
        return setting.read(text)
    except ValueError as error:
        given = "(not shown)" if setting.is_secret else text
        raise SettingInvalid(name, given, str(error), f"It takes {setting.takes}.") from None


def check_settings(values: Mapping[str, Value]) -> None:
    """Checks settings that depend on each other. Raises SettingInvalid."""
    if values.get("password") and "ssid" not in values:
        raise SettingInvalid("ssid", "", "a password is set, but no network", "Set ssid too.")
    if "hop_dwell_ms" in values and not values.get("hop_table"):
        raise SettingInvalid("hop_table", "", "a dwell time is set, but no channels", "Set both.")


class ImageNotMade(BenchError):
    """The generator refused the settings."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The NVS image could not be made: {why}.",
            "Type: pip install esp-idf-nvs-partition-gen",
        )
        self.why = why


def make_image(values: Mapping[str, Value]) -> bytes:
    """The partition with exactly these settings, NVS_SIZE bytes.

    Raises: SettingInvalid, ImageNotMade.
    """
    check_settings(values)
    with tempfile.TemporaryDirectory(prefix="hil-nvs-") as folder:
        table, image = Path(folder, "settings.csv"), Path(folder, "nvs.bin")
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["key", "type", "encoding", "value"])
            writer.writerow([NAMESPACE, "namespace", "", ""])
            for name, value in values.items():
                text = value.hex() if isinstance(value, bytes) else value
                writer.writerow([name, "data", SETTINGS[name].encoding, text])
        command = [sys.executable, "-m", "esp_idf_nvs_partition_gen", "generate"]
        words = [*command, str(table), str(image), hex(NVS_SIZE)]
        done = program_output(words, cwd=folder, timeout=_GENERATE_S)
        if done.returncode != 0 or not image.is_file():
            last = done.stdout.strip().splitlines()[-1:] or ["it printed nothing"]
            raise ImageNotMade(last[0].rstrip("."))
        return image.read_bytes()
