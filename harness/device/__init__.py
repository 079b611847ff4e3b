"""Devices: running instances of the firmware, with power over them."""

from harness.device.base import Device
from harness.device.host_process import HostProcess
from harness.device.virt_qemu import VirtQemu

__all__ = ["Device", "HostProcess", "VirtQemu"]
