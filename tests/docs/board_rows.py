"""What a board would have printed, for the page that begins with it."""

from __future__ import annotations

from pathlib import Path

from kernels_ref.edge.mock import Arrivals, Scenario, heard

SEED = 4
EMPTY_S, WALK_S = 45, 20
_RATE_HZ = 20


def write_rows(path: Path, parts: list[tuple[Arrivals, float]]) -> None:
    """CSI_DATA rows of frames, each part from its second on, between lines of a log."""
    lines = ["I (312) wifi:mode : sta (02:c5:11:00:00:09)"]
    for frames, begin_s in parts:
        for i in range(len(frames)):
            us = int(frames.ts_us[i]) + round(begin_s * 1e6)
            pairs = frames.iq[i].reshape(-1).tolist()
            lines.append(
                f"CSI_DATA,{len(lines)},02:c5:11:00:00:01,{frames.rssi[i]},11,0,0,0,0,0,0,0,0,0,"
                f'-92,0,6,0,{us},0,60,0,{len(pairs)},0,"[{",".join(map(str, pairs))}]"'
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_all(folder: Path) -> None:
    """rows.csv, and the folder my-recordings."""
    room = heard(Scenario.EMPTY, SEED, EMPTY_S * _RATE_HZ)
    walk = heard(Scenario.WALKING, SEED, WALK_S * _RATE_HZ, room_slot=EMPTY_S * _RATE_HZ)
    write_rows(folder / "rows.csv", [(room, 0.0), (walk, EMPTY_S)])
    own = folder / "my-recordings"
    own.mkdir()
    write_rows(own / "evening.csv", [(room, 0.0)])
    write_rows(own / "walk.csv", [(walk, 0.0)])
    (own / "manifest.csv").write_text(
        "file,label,subject,session\nevening.csv,empty,,kitchen\nwalk.csv,walking,ann,kitchen\n"
    )
