"""What this machine has, what it lacks, and the command that supplies it."""

from harness.doctor.diagnosis import Diagnosis, TargetHealth, diagnose
from harness.doctor.ports import PortInfo, attached_ports
from harness.doctor.provision import supply

__all__ = [
    "Diagnosis",
    "PortInfo",
    "TargetHealth",
    "attached_ports",
    "diagnose",
    "supply",
]
