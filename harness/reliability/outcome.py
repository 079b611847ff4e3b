"""What a session said, compared with the truth."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.reliability.faults import IN_A_TEST, Phase, Truth
from harness.reliability.plan import TESTS, Run
from harness.reliability.session import Ended
from harness.reliability.witnesses import NOTHING, Witnesses

HANG = "HANG"  # it took too long and was killed
TORN = "TORN"  # its witnesses contradict each other
OTHER = "OTHER"  # the right verdict with a wrong reason or of a wrong test
ODD = "ODD"  # an exit status that no session may have
COLUMNS = (*(str(truth) for truth in Truth), TORN, OTHER, ODD, HANG)

# Faults under which a session may write no report, or only a part of one.
_REPORTS_NOTHING = ("port busy", "report unwritable")
_REPORTS_IN_PART = ("disk full",)


@dataclass
class Outcome:
    """One run. said: one of COLUMNS; the truth if all is right. problem: what is not right."""

    run: Run
    said: str
    problem: str
    ended: Ended

    @property
    def is_right(self) -> bool:
        return self.said == str(self.run.truth)

    @property
    def is_good(self) -> bool:
        """Whether it is right, and nothing was left or lost."""
        return self.is_right and not self.ended.leftover.everything and not self.ended.lost


def judge(ended: Ended) -> Outcome:
    """Finds the column of the matrix for the run, and what is wrong if it is off the diagonal."""
    run, heard = ended.run, ended.witnesses
    if ended.is_hang:
        return Outcome(run, HANG, f"it had not ended after {ended.seconds:.0f} s", ended)
    said = _word(heard.status)
    if said != str(run.truth):
        return Outcome(run, said, f"it said {heard.status}: {heard.sentence}", ended)
    if torn := _disagreement(run, heard):
        return Outcome(run, TORN, torn, ended)
    if other := _other_reason(run, heard):
        return Outcome(run, OTHER, other, ended)
    if not ended.fault_came:
        return Outcome(run, OTHER, "the session ended before the moment of the fault", ended)
    return Outcome(run, said, "", ended)


def _word(status: str) -> str:
    if status == "signal 9":
        return str(Truth.NONE)
    return status if status in COLUMNS else ODD


def _disagreement(run: Run, heard: Witnesses) -> str:
    """Which witness contradicts the exit status; empty: none."""
    expected = "BENCH" if run.truth is Truth.STOPPED else str(run.truth)
    said = {
        "terminal": heard.terminal,
        "journal": heard.journal,
        "page": heard.page,
        "JUnit file": heard.junit,
    }
    allowed = {name: {expected} for name in said}
    if run.truth is Truth.NONE:
        allowed = {name: {NOTHING} for name in said}
        recovered = "FAIL" if run.wrong_before else "BENCH"
        said["page made afterwards"] = heard.afterwards
        allowed["page made afterwards"] = {recovered}
        if run.phase is Phase.PREPARE:
            allowed["page made afterwards"].add(NOTHING)
    elif run.kind.name in (*_REPORTS_NOTHING, *_REPORTS_IN_PART):
        for name in ("journal", "page", "JUnit file"):
            allowed[name] = {expected, NOTHING}
    wrong = [f"{name}: {word}" for name, word in said.items() if word not in allowed[name]]
    return f"it said {heard.status}, but {', '.join(wrong)}" if wrong else ""


def _other_reason(run: Run, heard: Witnesses) -> str:
    """What is wrong with its reason, or with the test that it blames; empty: nothing."""
    for number in range(TESTS):
        name = f"test_work[{number}]"
        said = heard.tests.get(name, NOTHING)
        if said not in _allowed(run, number):
            return f"{name} is {said}: {heard.sentence}"
    gives_one = run.truth is run.kind.truth and run.truth is not Truth.NONE
    if gives_one and not re.search(run.kind.says, heard.sentence):
        return f"its reason: {heard.sentence or 'none'}"
    return ""


def _allowed(run: Run, number: int) -> set[str]:
    """The verdicts that a test may have."""
    if run.wrong_before and number == 0:
        return {"FAIL", NOTHING} if run.kind.name in _REPORTS_IN_PART else {"FAIL"}
    if run.truth is Truth.PASS:
        return {"PASS"}
    in_a_test = run.phase in IN_A_TEST
    if in_a_test and number < run.test and not run.kind.many:
        return {"PASS", NOTHING} if run.kind.name in _REPORTS_IN_PART else {"PASS"}
    if run.kind.truth is Truth.FAIL:
        if in_a_test and number == run.test:
            return {"FAIL"}
        # A node that stays silent ends the session.
        return {"PASS", "FAIL", NOTHING} if run.kind.name == "node silent" else {"PASS"}
    return {"PASS", "BENCH", NOTHING}
