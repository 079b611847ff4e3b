"""Falls: a short burst of fast change between two calms."""

from __future__ import annotations

from kernels_ref.edge.bounded import ZERO, Bounded, exact, f32, larger, ordered
from kernels_ref.edge.decisions import decide

CALM, EDGE, BURST = 100, 10, 20
BINS = 2 * (CALM + EDGE) + BURST
EACH_BINS, PAUSE_BINS = 5, 250
MIN_BURST, MIN_CALM = 6, 10
ODD_JUMPS = 4
MIN_JUMP = f32(0.01)
FALL_VIOLENCE = 3.25


class Fall:
    """violence: how far the burst rises over the calms; looked: it was computed for this bin."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything that was seen."""
        self._jumps: list[Bounded | None] = []
        self._since = self._pause = 0
        self.violence = ZERO
        self.looked = False

    def take(self, jump: Bounded | None, device: bool | None) -> bool:
        """Take one bin; returns whether a fall is found. device: the device's answer, if known."""
        self._jumps = [*self._jumps, jump][-BINS:]
        self._pause = max(self._pause - 1, 0)
        self._since += 1
        self.looked = self._since >= EACH_BINS and len(self._jumps) == BINS
        if not self.looked:
            return False
        self._since = 0
        self.violence = self._violence()
        if self._pause or not decide("fall", self.violence - FALL_VIOLENCE, device):
            return False
        self._pause = PAUSE_BINS
        return True

    def _violence(self) -> Bounded:
        start = CALM + EDGE
        burst = [j for j in self._jumps[start : start + BURST] if j is not None]
        calms = [_loudest(self._jumps[:CALM]), _loudest(self._jumps[-CALM:])]
        before, after = calms
        if len(burst) < MIN_BURST or before is None or after is None:
            return ZERO
        calm = larger(larger(before, after), exact(MIN_JUMP))
        place = min((len(burst) - 1) // 2, len(burst) - 1 - ODD_JUMPS)
        return ordered(burst)[place] / calm


def _loudest(jumps: list[Bounded | None]) -> Bounded | None:
    """The jump that nine tenths of the known ones do not exceed; None if too few are known."""
    known = [j for j in jumps if j is not None]
    return ordered(known)[9 * (len(known) - 1) // 10] if len(known) >= MIN_CALM else None
