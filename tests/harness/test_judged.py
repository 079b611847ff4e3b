"""Which sessions and which tests are about the device."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.plugin.judged import (
    is_about_device,
    judges_no_device,
    needs_device,
    only_informs,
)
from harness.target import project_root


def configured(**options: object) -> pytest.Config:
    return cast("pytest.Config", SimpleNamespace(option=SimpleNamespace(**options)))


def called_in(folder: Path, *paths: str) -> pytest.Config:
    called = SimpleNamespace(dir=folder)
    return cast("pytest.Config", SimpleNamespace(invocation_params=called, args=list(paths)))


def asking(*fixtures: str) -> Any:
    return SimpleNamespace(fixturenames=list(fixtures))


@pytest.mark.parametrize(
    "name",
    [
        *("help", "version", "markers", "showfixtures", "show_fixtures_per_test"),
        *("cacheshow", "setupplan"),
    ],
)
def test_an_option_that_only_tells_something_runs_no_test(name: str) -> None:
    assert only_informs(configured(**{name: True}))
    assert not only_informs(configured(**{name: False}))


def test_other_options_run_tests() -> None:
    assert not only_informs(configured())
    assert not only_informs(configured(verbose=True, setuponly=True))


def test_only_the_project_s_own_unit_tests_judge_no_device(tmp_path: Path) -> None:
    root = project_root()
    assert judges_no_device(called_in(root, "tests"))
    assert judges_no_device(called_in(root, "tests/harness/test_judged.py::test_it", "tests/node"))
    assert judges_no_device(called_in(root, "tests/harness/test_judged.py::test_it[/../../../x]"))
    assert judges_no_device(called_in(root / "tests", "harness"))
    assert judges_no_device(called_in(tmp_path, str(root / "tests" / "harness")))
    assert not judges_no_device(called_in(root, "hil_tests"))
    assert not judges_no_device(called_in(root, "tests/harness", "hil_tests/test_boot.py"))
    assert not judges_no_device(called_in(root, "tests/../hil_tests"))
    assert not judges_no_device(called_in(tmp_path, "tests"))
    assert not judges_no_device(called_in(root))


def test_whoever_asks_for_the_bench_needs_the_device() -> None:
    assert needs_device(asking("tmp_path", "hil_session"))
    assert not needs_device(asking("tmp_path", "node"))
    assert not needs_device(cast("Any", SimpleNamespace()))


@pytest.mark.parametrize(
    "name", ["hil_session", "node", "nodes", "device", "devices", "dut", "reception", "serial"]
)
def test_a_test_is_about_a_device_whoever_made_its_fixture(name: str) -> None:
    assert is_about_device(asking("tmp_path", name))


def test_a_test_that_asks_for_none_is_about_none() -> None:
    assert not is_about_device(asking("tmp_path", "measure"))
    assert not is_about_device(cast("Any", SimpleNamespace()))
