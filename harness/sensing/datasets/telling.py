"""The rule for reporting a fall: the model says it several times, and something has moved.

The packets of a node have both, once a second: what the model says, and `motion_energy`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

EVERY_US = 1_000_000
IN_A_ROW = 3
"""How many classifications in a row have to say it. What a window shows stays in it for a while;
the effect of a single odd frame does not."""
MOVED = 2.6
"""By which factor the movement of a window has to exceed its lower quartile. The quartile stands
for the room's own level, and the factor is that of `active`."""
_QUIET = 25.0


def growth(energy: npt.NDArray[np.float32]) -> float:
    """The greatest `motion_energy` of a window over its lower quartile; 0 where nothing moved.

    energy: [n], once a second, of one window.
    """
    greatest, quiet = float(energy.max()), float(np.percentile(energy, _QUIET))
    if greatest <= 0:
        return 0.0
    return greatest / quiet if quiet > 0 else float("inf")


def told(values: Sequence[float], grown: float) -> float:
    """How certain a fall is: the smallest of the last `IN_A_ROW` probabilities. 0 where there are
    not as many yet, or too little moved. A fall is reported from some threshold on.

    values: probabilities of a fall, the latest first, a second apart.
    """
    if len(values) < IN_A_ROW or grown < MOVED:
        return 0.0
    return min(values[:IN_A_ROW])
