"""What a target is: how the firmware for it is built, what it can and what it needs.

A target is not a device (`harness.device`: one running instance) and not a connection
(`harness.connection`: the byte stream to it).
"""

from harness.build.requirement import Requirement, find_program, require
from harness.target.project import checkout, firmware_dir, project_root
from harness.target.registry import find_target, known_names
from harness.target.target import CAPABILITIES, Capability, Target, UnknownCapability, Variant

__all__ = [
    "CAPABILITIES",
    "Capability",
    "Requirement",
    "Target",
    "UnknownCapability",
    "Variant",
    "checkout",
    "find_program",
    "find_target",
    "firmware_dir",
    "known_names",
    "project_root",
    "require",
]
