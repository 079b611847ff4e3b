"""What this machine has, what it lacks, and the command that supplies it."""

from harness.doctor.diagnosis import Diagnosis, TargetHealth, diagnose
from harness.doctor.ports import PortInfo, attached_ports
from harness.doctor.provision import supply
from harness.doctor.training import TORCH, install_torch, supply_torch

__all__ = [
    "TORCH",
    "Diagnosis",
    "PortInfo",
    "TargetHealth",
    "attached_ports",
    "diagnose",
    "install_torch",
    "supply",
    "supply_torch",
]
