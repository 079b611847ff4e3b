"""When a fall is told: the model holds to it, and something has moved.

Both are in the packets of a node, which sends each once a second: what the model says, and
`motion_energy`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

EVERY_US = 1_000_000
IN_A_ROW = 3
"""Classifications that have to say it: what a window shows stays in it, what a single frame did to
one does not."""
MOVED = 2.6
"""Times its quiet quarter, by which the movement of a window has to have grown: what makes somebody
`active` beside the room's level, for which the quiet quarter stands."""
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
    """How sure a fall is: the least of the last `IN_A_ROW` probabilities, and 0 where there are not
    so many yet or too little moved. Told it is from some threshold on.

    values: probabilities of a fall, the latest first, a second apart.
    """
    if len(values) < IN_A_ROW or grown < MOVED:
        return 0.0
    return min(values[:IN_A_ROW])
