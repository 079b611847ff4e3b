"""Power that fails and flash that goes wrong while weights and settings are updated."""

from harness.sensing.power.flash import Sweep, Wrong, build_program, run_sweeps
from harness.sensing.power.kills import Kill, KilledNode

__all__ = ["Kill", "KilledNode", "Sweep", "Wrong", "build_program", "run_sweeps"]
