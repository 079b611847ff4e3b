"""Reads what a chip's boot ROM and bootloader print, and tells why a board does not start."""

from __future__ import annotations

import re
import threading

from harness.errors import BenchError

_KEEP = 64 * 1024
_ENOUGH_TO_JUDGE = 48  # bytes before they are called noise
_MOST_NOISE = 0.3

_ROM_NAME = re.compile(r"ESP-ROM:(esp32[a-z0-9]*)-")
_ROM_OF_ESP32 = re.compile(r"\bets Ju[nl] +\d+ 20\d\d ")
_RESET = re.compile(r"\brst:0x([0-9a-fA-F]+) \(([A-Z0-9_]+)\)")
_DOWNLOAD = re.compile(r"waiting for download|\(DOWNLOAD[^)]*\)")
# The detector prints a line, and after the restart the boot ROM another; either may be lost.
_BROWN_OUT = re.compile("Brownout detector was triggered")
_BROWN_OUT_RESET = re.compile(r"\brst:0x[0-9a-fA-F]+ \([A-Z_]*BROWN_?OUT\w*\)")
_NO_IMAGE = re.compile(
    r"invalid header: 0x[0-9a-fA-F]+|flash read err|No bootable app partitions"
    r"|invalid magic byte|Image hash failed|[Cc]hecksum failed|mismatch chip ID[^\r\n]*"
    r"|requires chip rev[^\r\n]*|boot: ota_data invalid|Failed to verify app image[^\r\n]*"
    r"|partition table has no entries|no valid partition table"
)
_NOISE = re.compile("[\ufffd\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


class WrongChip(BenchError):
    """The board has another chip than the target."""

    def __init__(self, port: str, found: str, wanted: str) -> None:
        super().__init__(
            f"The board on {port} has an {found}, and the target is {wanted}.",
            f"Use --target {found}, or the port of an {wanted}.",
        )
        self.port, self.found, self.wanted = port, found, wanted


class DownloadMode(BenchError):
    """The chip waits for an image to be loaded instead of starting the one in its flash."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"The board on {port} is stuck in download mode: its boot pin is held low.",
            "Release the BOOT button, or take away what pulls the pin down, and reset the board.",
        )
        self.port = port


class BrownOut(BenchError):
    """The supply voltage drops: again and again, or once while the board was at work."""

    def __init__(self, port: str, times: int, doing: str = "") -> None:
        often = (
            f"restarts again and again because its supply voltage drops (brown-out, {times} times)"
            if times > 1
            else "restarted because its supply voltage dropped (brown-out)"
        )
        super().__init__(
            f"The board on {port} {often}{f' while {doing}' if doing else ''}.",
            "Use a shorter cable, another USB socket or a hub with its own supply.",
        )
        self.port, self.times = port, times


class RestartedFromOutside(BenchError):
    """The reset button, another program or the power restarted the board, not the firmware."""

    def __init__(self, port: str, reason: str, doing: str) -> None:
        super().__init__(
            f"The board on {port} was restarted from outside (reason: {reason}) while {doing}.",
            "Leave its reset button and its port alone during a session; check cable and supply.",
        )
        self.port, self.reason = port, reason


class WrongBaudRate(BenchError):
    """What comes from the port is not text."""

    def __init__(self, port: str, baud: int, noise: int, total: int) -> None:
        super().__init__(
            f"What comes from {port} at {baud} baud is not text"
            f" ({noise} of {total} characters are noise).",
            "Give the rate of the board's console with --baud.",
        )
        self.port, self.baud = port, baud


class NothingHeard(BenchError):
    """Not one byte came after a reset, though even an empty chip's boot ROM prints something."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"Not one byte came from {port} after a reset.",
            "Is it the port of the board's console, and are its reset lines connected?",
        )
        self.port = port


class BootConsole:
    """Keeps the latest output of a board. `feed` is called from the reader thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes, wherever they were cut."""
        with self._lock:
            self.total += len(data)
            self._heard += data
            del self._heard[:-_KEEP]

    def forget(self) -> None:
        """Drops what was heard so far, because a reset follows."""
        with self._lock:
            self._heard.clear()
            self.total = 0

    @property
    def text(self) -> str:
        """What was heard since the last `forget`."""
        with self._lock:
            return self._heard.decode("utf-8", "replace")

    @property
    def chip(self) -> str:
        """The chip that the boot ROM names, as ESP-IDF calls it; empty when it names none."""
        text = self.text
        if match := _ROM_NAME.search(text):
            return match[1]
        return "esp32" if _ROM_OF_ESP32.search(text) else ""

    @property
    def resets(self) -> list[str]:
        """The reset reasons in the ROM's words, oldest first."""
        return [match[2] for match in _RESET.finditer(self.text)]

    @property
    def brown_outs(self) -> int:
        """How many drops of the supply voltage were reported."""
        text = self.text
        return max(len(_BROWN_OUT.findall(text)), len(_BROWN_OUT_RESET.findall(text)))

    @property
    def no_image(self) -> str:
        """Why ROM or bootloader do not start the application; empty when they give no reason."""
        match = _NO_IMAGE.search(self.text)
        return match[0] if match else ""

    def obstacle(self, port: str, baud: int, chip: str) -> BenchError | None:
        """The error that keeps the board from being judged, if the output shows one."""
        text = self.text
        found = self.chip
        if found and found != chip:
            return WrongChip(port, found, chip)
        if _DOWNLOAD.search(text):
            return DownloadMode(port)
        if (brown_outs := self.brown_outs) > 1:
            return BrownOut(port, brown_outs)
        noise = len(_NOISE.findall(text))
        if not found and len(text) >= _ENOUGH_TO_JUDGE and noise > _MOST_NOISE * len(text):
            return WrongBaudRate(port, baud, noise, len(text))
        return None
