"""Where recordings lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "HIL_CSI_DATA"
NOT_SET = f"needs recordings of real boards: set {VARIABLE} to the folder that holds them"


def data_folder() -> Path | None:
    """What the environment variable names; None where it is not set or empty."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None
