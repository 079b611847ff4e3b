"""Which run has which fault, on which device, and when: all drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from harness.reliability.faults import ALL, IN_A_TEST, KINDS, Kind, Phase, Truth

QUICK = 60  # so many runs have every fault at least once on every device where it can happen
TESTS, STEPS = 3, 4  # of the tiny suite: tests, and moments in the call of each
_WRONG_BEFORE = 0.15
# Faults that may happen after a test has found the device wrong.
_CAN_FOLLOW = (Truth.BENCH, Truth.STOPPED, Truth.NONE)


@dataclass(frozen=True)
class Run:
    """One session with one fault.

    test, step: when in the phase it happens, if the phase has tests and steps. wrong_before:
    whether the first test finds the device wrong, which counts more than any later fault of the
    bench. dice: the seed of everything else that is drawn.
    """

    number: int
    seed: int
    kind: Kind
    device: str
    phase: Phase
    test: int
    step: int
    wrong_before: bool
    dice: int

    @property
    def truth(self) -> Truth:
        """The true verdict, which the session has to say."""
        if self.kind.truth is Truth.NONE:
            return Truth.NONE
        if self.wrong_before:
            return Truth.FAIL
        return Truth.PASS if self.comes_too_late else self.kind.truth

    @property
    def comes_too_late(self) -> bool:
        """Whether the fault happens when every test has its verdict."""
        return self.phase is Phase.CLOSE and self.kind.truth is not Truth.NONE

    @property
    def repeat(self) -> str:
        """The command that does exactly this run again."""
        return f"hil reliability --only verdicts --seed {self.seed} --run {self.number}"

    def __str__(self) -> str:
        where = self.phase.value
        if self.phase in (*IN_A_TEST, Phase.BETWEEN):
            where += f" of test {self.test}"
        if self.phase is Phase.CALL:
            where += f", step {self.step}"
        after = " after a wrong answer" if self.wrong_before else ""
        return f"run {self.number}: {self.kind.name} on {self.device}, {where}{after}"


def pairs() -> list[tuple[Kind, str]]:
    """Every kind on every device where it can happen."""
    return [(kind, device) for kind in KINDS for device in kind.devices]


def draw(seed: int, number: int) -> Run:
    """Run `number` of a seed, the same each time. The first runs have every pair once."""
    first = pairs()
    random.Random(f"{seed} order").shuffle(first)
    dice = random.Random(f"{seed} {number}")
    is_first = number < len(first)
    kind, device = first[number] if is_first else _drawn_pair(dice)
    phase = dice.choice(kind.phases)
    test = dice.randrange(TESTS)
    if kind.rarely > 1 and is_first:
        test = TESTS - 1  # so that no later test waits as long again
    if phase is Phase.BETWEEN:
        test = dice.randrange(TESTS - 1)
    step = dice.randrange(STEPS)
    follows = kind.truth in _CAN_FOLLOW and phase in IN_A_TEST and test > 0
    wrong_before = not is_first and follows and dice.random() < _WRONG_BEFORE
    return Run(number, seed, kind, device, phase, test, step, wrong_before, dice.randrange(1 << 32))


def draw_all(seed: int, runs: int) -> list[Run]:
    """The first `runs` runs of a seed."""
    return [draw(seed, number) for number in range(runs)]


def _drawn_pair(dice: random.Random) -> tuple[Kind, str]:
    """Draws the device first, so that each has its share of runs, however many faults it has."""
    device = dice.choice(ALL)
    kinds = [kind for kind in KINDS if device in kind.devices]
    weights = [1 / kind.rarely for kind in kinds]
    return dice.choices(kinds, weights)[0], device
