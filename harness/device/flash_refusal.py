"""Tells why a chip refuses an image: it is secured, or the image is too large for its flash."""

from __future__ import annotations

import re
from typing import Any

from harness.errors import BenchError

# Methods of esptool's chip objects; which of them exist depends on chip and version.
_SECURED = (
    ("get_flash_encryption_enabled", "flash encryption"),
    ("get_secure_boot_enabled", "secure boot"),
)
_SECURED_WORDS = re.compile(
    r"flash_encrypt: |(?:secure_boot|[Ss]ecure [Bb]oot).*[Ff]ail"
    r"|[Ss]ecure [Dd]ownload [Mm]ode|[Ss]ecurity features (?:detected|enabled)"
)
_TOO_LARGE = re.compile(
    r"will not fit in \d+ bytes of flash|exceeds flash chip size 0x[0-9a-fA-F]+"
    r"|Detected size\(\d+k\) smaller than the size in the binary image header\(\d+k\)"
)


class SecuredChip(BenchError):
    """The chip is secured: it runs only images that its owner has signed or encrypted."""

    def __init__(self, port: str, why: str) -> None:
        super().__init__(
            f"The chip on {port} is secured ({why}): an image that was built here does not run on"
            " it.",
            "Such a chip is flashed by its owner. Use another board, or --skip-autoflash when it"
            " runs the image already.",
        )
        self.port, self.why = port, why


class ImageTooLarge(BenchError):
    """The image is laid out for more flash than the board has."""

    def __init__(self, port: str, why: str) -> None:
        super().__init__(
            f"The image is larger than the flash of the board on {port}: {why}.",
            "Build for a smaller one, with --overlay 4mb.",
        )
        self.port, self.why = port, why


def check_secured(loader: Any, port: str) -> None:
    """Asks a connected chip whether it is secured. Raises SecuredChip."""
    if getattr(loader, "secure_download_mode", False):
        raise SecuredChip(port, "secure download mode")
    for question, name in _SECURED:
        ask = getattr(loader, question, None)
        if ask is not None and ask():
            raise SecuredChip(port, name)


def refusal(port: str, text: str) -> BenchError | None:
    """The error that the output of esptool or of the bootloader shows; None when it shows none."""
    if match := _TOO_LARGE.search(text):
        return ImageTooLarge(port, match[0])
    if match := _SECURED_WORDS.search(text):
        return SecuredChip(port, match[0].strip(" :"))
    return None
