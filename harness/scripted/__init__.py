"""A node without a device: it answers as the agent does, with faults on demand."""

from harness.scripted.commands import Commands, Refusal
from harness.scripted.node import Fault, ScriptedNode

__all__ = ["Commands", "Fault", "Refusal", "ScriptedNode"]
