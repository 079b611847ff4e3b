"""What can be set on a node: name, type, range, meaning. The names are the keys in NVS."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.errors import BenchError

NAMESPACE = "node"
Value = int | str | bytes

_MOST_CHANNELS = 14
_THOUSANDTHS = 1000


class SettingInvalid(BenchError):
    """A setting that no node takes: which, what was given, and what would be right."""

    def __init__(self, name: str, given: object, why: str, remedy: str) -> None:
        super().__init__(f"Setting {name} = {given!r}: {why}.", remedy)
        self.name = name
        self.given = given


@dataclass(frozen=True)
class Setting:
    """encoding: as nvs_partition_gen calls it. read: text to value; raises ValueError with why.

    unread: the node's firmware keeps it and does not act on it yet.
    """

    name: str
    encoding: str
    meaning: str
    takes: str  # for a person: what is right
    read: Callable[[str], Value]
    is_secret: bool = False
    unread: bool = False


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text, 0)
        except ValueError:
            raise ValueError("it is no whole number") from None
        if not low <= value <= high:
            raise ValueError("it is out of range")
        return value

    return read


def _share(text: str) -> int:
    """A share of 1, kept as thousandths."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError("it is no number") from None
    if not 0.0 <= value <= 1.0:
        raise ValueError("it is out of range")
    return round(value * _THOUSANDTHS)


def _text(low: int, high: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        size = len(text.encode("utf-8"))
        if not low <= size <= high:
            raise ValueError(f"it has {size} bytes")
        if not text.isprintable():
            raise ValueError("it holds control characters")
        return text

    return read


def _password(text: str) -> str:
    return _text(8, 63)(text) if text else text


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("it is no IPv4 address") from None


def _channels(text: str) -> bytes:
    try:
        channels = bytes(int(word) for word in text.split(","))
    except ValueError:
        raise ValueError("it is no list of channels") from None
    if not all(1 <= channel <= _MOST_CHANNELS for channel in channels):
        raise ValueError("a channel is out of range")
    if len(channels) > _MOST_CHANNELS or len(set(channels)) != len(channels):
        raise ValueError("a channel is there twice")
    return channels


def _threshold(name: str, meaning: str) -> Setting:
    return Setting(name, "u16", f"{meaning} (thousandths)", "0 to 1", _share, unread=True)


_ALL = (
    Setting("node_id", "u8", "node id in every packet", "0 to 255", _number(0, 255)),
    Setting("ssid", "string", "network to join", "1 to 32 bytes of text", _text(1, 32)),
    Setting(
        "password",
        "string",
        "the network's password",
        "8 to 63 bytes of text, or nothing for an open network",
        _password,
        is_secret=True,
    ),
    Setting("target_host", "string", "where packets go", "an IPv4 address", _address),
    Setting("target_port", "u16", "UDP port they go to", "1 to 65535", _number(1, 65535)),
    Setting("embed_weights", "u32", "use the image's own weights", "0 or 1", _number(0, 1)),
    Setting("start_head", "u32", "start the temporal head at boot", "0 or 1", _number(0, 1)),
    Setting(
        "edge_tier", "u8", "how much is computed on the node", "0 to 2", _number(0, 2), unread=True
    ),
    Setting(
        "min_pkt_yield",
        "u16",
        "packets a second below which the node is degraded",
        "0 to 1000",
        _number(0, 1000),
        unread=True,
    ),
    _threshold("thr_coherence", "coherence below which the node is degraded"),
    _threshold("thr_anomaly", "anomaly from which the node is alert"),
    _threshold("thr_motion", "motion from which the node is active"),
    _threshold("thr_presence", "presence from which somebody is there"),
    _threshold("thr_still", "motion below which they are still"),
    Setting(
        "hop_table",
        "hex2bin",
        "channels to hop over",
        "channels 1 to 14, as in 1,6,11",
        _channels,
        unread=True,
    ),
    Setting(
        "hop_dwell_ms",
        "u16",
        "time on a channel, ms",
        "10 to 60000",
        _number(10, 60000),
        unread=True,
    ),
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
    """What must hold between settings. Raises SettingInvalid."""
    if values.get("password") and "ssid" not in values:
        raise SettingInvalid("ssid", "", "a password is set and no network", "Set ssid too.")
    if "hop_dwell_ms" in values and "hop_table" not in values:
        raise SettingInvalid("hop_table", "", "a dwell time is set and no channels", "Set both.")
