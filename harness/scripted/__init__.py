"""A node without a device: what the agent would answer, and what goes wrong on demand."""

from harness.scripted.commands import Commands, Refusal
from harness.scripted.node import Fault, ScriptedNode

__all__ = ["Commands", "Fault", "Refusal", "ScriptedNode"]
