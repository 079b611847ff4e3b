"""`hil size`: the app slots of both layouts, the budget of a head that is switched off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.build.elf import read_elf
from harness.build.firmware import ImageUnreadable
from harness.cli.app import run_cli
from harness.errors import BenchError
from harness.sensing.cli import size
from harness.target import firmware_dir, project_root
from harness.target.portable import QEMU

SLOT_4MB, SLOT_8MB = 0x1D0000, 2 * 1024 * 1024
MAP = {
    "layout": [
        {
            "name": "DIRAM",
            "used": 30,
            "free": 70,
            "total": 100,
            "parts": {".text": {"size": 20}, ".bss": {"size": 10}},
        },
        {"name": "Flash", "used": 5, "free": 0, "total": 0, "parts": {".rodata": {"size": 5}}},
    ]
}
ARCHIVES = {
    "a": {"abbrev_name": "libnode.a", "size": 700},
    "b": {"abbrev_name": "libedge.a", "size": 900},
}
can_build = pytest.mark.skipif(
    any(need.find() is None for need in QEMU.requirements), reason="needs what target qemu needs"
)


def fake_sizes(_linked: Path, *options: str) -> Any:
    return ARCHIVES if "--archives" in options else MAP


def finished_build(folder: Path, image: int) -> Path:
    with (folder / "node.bin").open("wb") as file:
        file.truncate(image)
    (folder / "node.map").touch()
    return folder


@pytest.mark.parametrize(
    ("layout", "slot"), [("partitions_4mb.csv", SLOT_4MB), ("partitions_8mb.csv", SLOT_8MB)]
)
def test_the_app_slots_of_both_layouts(layout: str, slot: int) -> None:
    assert size.app_slot(firmware_dir() / layout) == slot


def test_a_table_without_an_app(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("nvs, data, nvs, 0x9000, 0x6000\n# a comment, app, x, 0, 1K\n")
    with pytest.raises(BenchError, match="has no app partition"):
        size.app_slot(table)


@pytest.mark.parametrize(
    ("image", "status"),
    [(1_000_000, 0), (SLOT_4MB, 0), (SLOT_4MB + 1, 1), (SLOT_8MB, 1), (SLOT_8MB + 1, 1)],
)
def test_an_image_has_to_fit_both_layouts(
    image: int,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(size, "map_sizes", fake_sizes)
    folder = str(finished_build(tmp_path, image))
    assert run_cli(["size", "--build-dir", folder, "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert {s["layout"]: s["free"] for s in told["slots"]} == {
        "partitions_4mb.csv": SLOT_4MB - image,
        "partitions_8mb.csv": SLOT_8MB - image,
    }
    assert [part["abbrev_name"] for part in told["components"]] == ["libedge.a", "libnode.a"]


def test_the_table_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(size, "map_sizes", fake_sizes)
    assert run_cli(["size", "--build-dir", str(finished_build(tmp_path, 4096)), "--most", "1"]) == 0
    out = capsys.readouterr().out
    assert "partitions_4mb.csv" in out and "partitions_8mb.csv" in out
    assert "libedge.a" in out and "libnode.a" not in out


def test_a_folder_without_a_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["size", "--build-dir", str(tmp_path)]) == 2
    assert "node.bin is not there" in capsys.readouterr().err
    assert run_cli(["size", "--target", "qemu", "--build-dir", str(tmp_path)]) == 2
    assert "node.elf is not what a build leaves behind" in capsys.readouterr().err


def test_a_map_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "node.map").write_text("what is this\n")
    with pytest.raises(BenchError, match="esp-idf-size cannot read"):
        size.map_sizes(tmp_path / "node.map")


def test_what_is_no_elf(tmp_path: Path) -> None:
    (tmp_path / "node.elf").write_bytes(b"MZ" * 100)
    with pytest.raises(ImageUnreadable):
        read_elf(tmp_path / "node.elf")


@pytest.mark.parametrize(("growth", "status", "verdict"), [(128, 0, "PASS"), (129, 1, "FAIL")])
def test_the_budget_is_128_bytes(
    growth: int,
    status: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cost = size.HeadCost("qemu", {".text": 900 + growth, ".data": 5}, {".text": 905})
    monkeypatch.setattr(size, "head_cost", lambda _target: cost)
    assert run_cli(["size", "--target", "qemu", "--head-off"]) == status
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"{verdict}: {growth} bytes on qemu, budget 128"


def test_what_only_takes_memory_is_no_part_of_a_chip_s_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "map_sizes", fake_sizes)
    monkeypatch.setattr(size, "_build", lambda *_: _firmware(tmp_path))
    cost = size.head_cost("esp32s3")
    assert cost.with_calls == {"DIRAM .text": 20, "Flash .rodata": 5}


def _firmware(folder: Path) -> Any:
    from harness.build import Firmware

    return Firmware("esp32s3", folder / "node.elf", folder, "0" * 64, True)


@pytest.mark.slow
@can_build
def test_the_calls_into_a_head_that_is_off_fit_their_budget(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two images, linked for this: no agent, no head, with the calls and without them."""
    status = run_cli(["size", "--target", "qemu", "--head-off", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert 0 < told["growth"] <= told["budget"] == 128, told
    assert status == 0
    with_calls, without = (
        read_elf(project_root() / "build" / f"qemu-size-{name}" / "node.elf").symbols
        for name in ("head_off", "call_sites_off")
    )
    assert {"temporal_task_push_frame", "temporal_task_run_due", "node_boot_head"} <= with_calls
    called = {name for name in without if name.startswith(("temporal_task_", "ruv_"))}
    assert called == set() and "node_boot_head" not in without
    assert "controller_run" in without
