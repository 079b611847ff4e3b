"""The serial ports of this machine, read from the system's tables without opening any."""

from __future__ import annotations

from dataclasses import dataclass

from serial.tools import list_ports  # type: ignore[import-untyped]

ESPRESSIF_VID = 0x303A


@dataclass(frozen=True)
class PortInfo:
    """A serial port. The USB fields are empty for a port that is not on USB."""

    device: str  # what --port takes
    description: str
    usb_ids: str  # "303a:1001"
    serial_number: str
    location: str  # the USB socket, which --port-location takes
    is_espressif: bool  # the chip's own USB, not a bridge beside it


def attached_ports() -> tuple[PortInfo, ...]:
    """Every port that is a device on USB; the machine's own idle UARTs are left out."""
    return tuple(
        PortInfo(
            device=port.device,
            description=port.description or "",
            usb_ids=f"{port.vid:04x}:{port.pid:04x}",
            serial_number=port.serial_number or "",
            location=port.location or "",
            is_espressif=port.vid == ESPRESSIF_VID,
        )
        for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
        if port.vid is not None and port.pid is not None
    )
