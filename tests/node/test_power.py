"""Weights store and settings on an emulated flash whose power fails and which goes wrong: a sample
of what `hil reliability --only power` goes through."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.sensing.power.flash import Sweep, Wrong, build_program, run_sweeps
from harness.target import project_root

SUBJECTS = ("weights", "settings")


@pytest.fixture(scope="module")
def program(firmware: Path) -> Path:
    own = firmware == project_root() / "firmware"
    return build_program() if own else build_program(firmware, firmware / "build" / "power")


def sweep(program: Path, of: str, name: str, one_in: int) -> Sweep:
    """Goes through a sample, in which nothing is wrong."""
    wrong: list[Wrong] = []
    only = [f"subject={of}", f"sweep={name}"]
    (done,) = run_sweeps(program, one_in=one_in, only=only, on_wrong=wrong.append)
    assert not wrong, "\n".join(map(str, wrong))
    assert done.wrong == 0
    assert done.cases // one_in // 2 < done.done <= done.cases
    return done


@pytest.mark.parametrize("of", SUBJECTS)
def test_a_power_cut_at_any_byte_leaves_the_old_or_the_new(program: Path, of: str) -> None:
    done = sweep(program, of, "one cut", one_in=5)
    assert done.cuts == done.done
    assert done.torn > 0.9 * done.cuts


@pytest.mark.parametrize("of", SUBJECTS)
def test_a_second_power_cut_in_what_follows_does_so_too(program: Path, of: str) -> None:
    done = sweep(program, of, "two cuts", one_in=150)
    assert done.pairs == done.done
    assert done.cuts > done.pairs


@pytest.mark.parametrize("of", SUBJECTS)
@pytest.mark.parametrize("name", ["cut short", "reordered"])
def test_an_operation_that_is_not_done_is_noticed(program: Path, of: str, name: str) -> None:
    done = sweep(program, of, name, one_in=4)
    assert done.faults == done.done


@pytest.mark.parametrize("of", SUBJECTS)
@pytest.mark.parametrize("name", ["stuck bit", "flipped bit", "worn sector"])
def test_damaged_flash_holds_what_it_says_or_says_that_it_does_not(
    program: Path, of: str, name: str
) -> None:
    done = sweep(program, of, name, one_in=30)
    assert done.faults == done.done
    assert done.refused + done.lost > 0, "nothing came of any damage"


def test_a_case_is_repeated_by_its_number(program: Path) -> None:
    only = ["subject=weights", "sweep=one cut", "only=1234"]
    (done,) = run_sweeps(program, only=only)
    assert (done.done, done.cuts) == (1, 1)
    assert done.cases > 1234


def test_the_same_seed_draws_the_same_cases(program: Path) -> None:
    only = ["subject=settings", "sweep=one cut"]
    first, again, other = (
        run_sweeps(program, seed=seed, one_in=50, only=only) for seed in (7, 7, 8)
    )
    assert first == again
    assert first != other
