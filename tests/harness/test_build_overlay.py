"""Overlays: what they say, what a build makes of them, and what a test may need because of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.build.overlay import OverlayNotTaken, cmake_definitions, read_overlays
from harness.errors import BenchError
from harness.target import Variant, find_target, firmware_dir
from harness.target.registry import TARGETS

TEMPLATE = firmware_dir() / "ports" / "node" / "sdkconfig.h.in"


def overlay(folder: Path, text: str, name: str = "sdkconfig.mine") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_of_several_counts(tmp_path: Path) -> None:
    one = overlay(tmp_path, '# a comment\nCONFIG_A=y\nCONFIG_B=7\n\nCONFIG_C="text"\n', "one")
    two = overlay(tmp_path, "# CONFIG_A is not set\r\nCONFIG_B=8\n", "two")
    assert read_overlays([one, two]) == {"A": "n", "B": "8", "C": "text"}


def test_a_portable_build_gets_its_definitions(tmp_path: Path) -> None:
    mine = overlay(tmp_path, "CONFIG_CSI_TEMPORAL_HEAD_ENABLED=n\nCONFIG_TEMPORAL_N_CLASSES=6\n")
    assert cmake_definitions("qemu", [mine], TEMPLATE) == (
        "-DCSI_TEMPORAL_HEAD_ENABLED=OFF",
        "-DTEMPORAL_N_CLASSES=6",
    )
    assert cmake_definitions("qemu", [], tmp_path / "not there") == ()


def test_what_a_portable_build_does_not_know_is_named() -> None:
    with pytest.raises(OverlayNotTaken) as caught:
        cmake_definitions("qemu", [firmware_dir() / "sdkconfig.4mb"], TEMPLATE)
    assert str(caught.value) == (
        "Overlay sdkconfig.4mb sets CONFIG_ESPTOOLPY_FLASHSIZE_4MB, which target qemu does not "
        "have. Leave it out, or use --target linux or a chip."
    )


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_without_the_agent_is_not_tested(name: str) -> None:
    production = Variant(overlays=(firmware_dir() / "sdkconfig.production",))
    with pytest.raises(BenchError, match="The build production has no agent"):
        find_target(name).check_variant(production)


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_has_a_head_or_has_none(name: str, tmp_path: Path) -> None:
    target, head_off = find_target(name), firmware_dir() / "sdkconfig.head_off"
    again = overlay(tmp_path, "CONFIG_CSI_TEMPORAL_HEAD_ENABLED=y\n")
    assert Variant().capabilities == {"head"}
    assert Variant(overlays=(head_off,)).capabilities == {"head-off"}
    assert Variant(overlays=(head_off, again)).capabilities == {"head"}
    assert target.label(Variant(overlays=(head_off,))) == f"{name}-head_off"
