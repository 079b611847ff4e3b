"""Asks a board for its chip, flash size and address, which resets it."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

import esptool
from esptool.cmds import attach_flash, detect_flash_size
from serial import SerialException  # type: ignore[import-untyped, unused-ignore]

_ATTEMPTS = 2


@dataclass(frozen=True)
class BoardInfo:
    """What a board answered; `problem` says why there is no answer."""

    port: str
    chip: str = ""  # "ESP32-S3 (QFN56) (revision v0.2)"
    flash: str = ""  # "8MB"
    mac: str = ""
    problem: str = ""


def probe(port: str) -> BoardInfo:
    """Puts the chip into download mode, asks it, and restarts it. Never raises."""
    loader = None
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            loader = esptool.detect_chip(port, connect_attempts=_ATTEMPTS)
            attach_flash(loader)
            info = BoardInfo(
                port=port,
                chip=loader.get_chip_description(),
                flash=detect_flash_size(loader) or "unknown",
                mac=":".join(f"{byte:02x}" for byte in loader.read_mac()),
            )
            loader.hard_reset()
    except (esptool.FatalError, SerialException, OSError) as error:
        return BoardInfo(port, problem=str(error).partition("\n")[0])
    finally:
        if loader is not None:
            with contextlib.suppress(SerialException, OSError):
                loader._port.close()
    return info
