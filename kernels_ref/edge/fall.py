"""Falls: a short burst of fast change between two calms."""

from __future__ import annotations

from kernels_ref.edge.bounded import Bounded, exact, f32, larger
from kernels_ref.edge.decisions import decide
from kernels_ref.edge.order import ordered

CALM, EDGE, BURST = 100, 10, 20
BINS = 2 * (CALM + EDGE) + BURST
EACH_BINS, PAUSE_BINS = 5, 250
LEAST_BURST, LEAST_CALM = 6, 10
ODD_JUMPS = 4
LEAST_JUMP = f32(0.01)
FALL_VIOLENCE = 3.25

_NONE = Bounded(0.0, 0.0)


class Fall:
    """violence: of the burst over the calm around it; looked: it is of this bin."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Nothing is known of what went by."""
        self._jumps: list[Bounded | None] = []
        self._since = self._pause = 0
        self.violence = _NONE
        self.looked = False

    def take(self, jump: Bounded | None, told: bool | None) -> bool:
        """One bin. Whether a fall is found; told: what the device says, None: nothing."""
        self._jumps = [*self._jumps, jump][-BINS:]
        self._pause = max(self._pause - 1, 0)
        self._since += 1
        self.looked = self._since >= EACH_BINS and len(self._jumps) == BINS
        if not self.looked:
            return False
        self._since = 0
        self.violence = self._violence()
        if self._pause or not decide("fall", self.violence - FALL_VIOLENCE, told):
            return False
        self._pause = PAUSE_BINS
        return True

    def _violence(self) -> Bounded:
        start = CALM + EDGE
        burst = [j for j in self._jumps[start : start + BURST] if j is not None]
        calms = [_loudest(self._jumps[:CALM]), _loudest(self._jumps[-CALM:])]
        before, after = calms
        if len(burst) < LEAST_BURST or before is None or after is None:
            return _NONE
        calm = larger(larger(before, after), exact(LEAST_JUMP))
        place = min((len(burst) - 1) // 2, len(burst) - 1 - ODD_JUMPS)
        return ordered(burst)[place] / calm


def _loudest(jumps: list[Bounded | None]) -> Bounded | None:
    """What nine tenths do not pass; None where too few are known."""
    known = [j for j in jumps if j is not None]
    return ordered(known)[9 * (len(known) - 1) // 10] if len(known) >= LEAST_CALM else None
