"""Devices: running instances of the firmware, with power over them."""
