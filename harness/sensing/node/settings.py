"""Settings: values that survive reset, in force from the next boot or restore."""

from __future__ import annotations

from collections.abc import Mapping

from harness.node.base import NodeApi
from harness.sensing.structs.settings import (
    Setting,
    SettingInfo,
    SettingInfoRequest,
    SettingRequest,
    Settings,
)

# The owner of a board chooses who it is and where it sends; no test depends on that.
OWNERS = frozenset(
    {
        Setting.NODE_ID,
        Setting.TARGET_HOST,
        Setting.TARGET_PORT,
        Setting.SSID,
        Setting.PASSWORD,
    }
)


class SettingsApi(NodeApi):
    """Reads and sets the node's settings."""

    def setting(self, key: Setting, value: int) -> None:
        """Sets a number. Raises NodeError when it is out of range."""
        self.request("setting", SettingRequest(key, value))

    def hop_table(self, channels: bytes) -> None:
        """Sets the channels to hop over, a byte each; none: no hopping."""
        self.request("hop_table", channels)

    def sender(self, mac: bytes) -> None:
        """Sets the one sender whose frames are taken, 6 bytes; none: all of them."""
        self.request("sender", mac)

    def settings(self) -> Settings:
        """The settings in force."""
        return self._ask(Settings, "settings")

    def setting_list(self) -> Mapping[str, SettingInfo]:
        """The node's list of settings, by name."""
        first = SettingInfo.parse(self.request("setting_info", SettingInfoRequest(0)))
        rest = [SettingInfoRequest(index).build() for index in range(1, first.total)]
        lines = [first, *map(SettingInfo.parse, self._ask_all("setting_info", rest))]
        return {line.name: line for line in lines}

    def changed_settings(self) -> list[str]:
        """The names of settings in force that differ from their defaults, without the OWNERS."""
        now, changed = self.settings(), []
        for line in self.setting_list().values():
            if line.key == Setting.HOP_TABLE:
                is_default = not now.hop_table
            elif line.key == Setting.SENDER:
                is_default = not now.has_sender
            elif line.key in OWNERS:
                is_default = True
            else:
                value = getattr(now, line.name)
                is_default = round(value * _scale(line.name)) == line.fallback
            changed += [] if is_default else [line.name]
        return changed

    def default_settings(self) -> None:
        """Sets every setting but the OWNERS to its default."""
        for line in self.setting_list().values():
            if line.key == Setting.HOP_TABLE:
                self.hop_table(b"")
            elif line.key == Setting.SENDER:
                self.sender(b"")
            elif line.key not in OWNERS:
                self.setting(Setting(line.key), line.fallback)


def _scale(name: str) -> int:
    """The factor from a value in force to the number that is set."""
    return 1000 if name.startswith("thr_") else 1
