"""Recordings in the layouts that are read, with numbers that tests make up."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import numpy.typing as npt


def xz(path: Path, array: npt.NDArray[np.generic]) -> None:
    """Write an array as the layouts have it."""
    path.write_bytes(lzma.compress(array.tobytes(), preset=0))


def samples(n: int, width: int, seed: int = 1) -> npt.NDArray[np.int8]:
    """int8 [n, width], anything."""
    return np.random.default_rng(seed).integers(-30, 30, (n, width), dtype=np.int8)


def breathing_and_actions(folder: Path) -> npt.NDArray[np.int8]:
    """Two persons who breathe and one who falls; returns what the breathing file holds."""
    folder.mkdir(parents=True)
    held = samples(50, 128)
    xz(folder / "breathing_12BPM.i8.xz", held)
    xz(folder / "breathing_12BPM.ms_u32.xz", np.tile(np.arange(25, dtype=np.uint32) * 20, 2))
    xz(folder / "har_FA.i8.xz", samples(10, 128, 2))
    xz(folder / "har_FA.ms_u32.xz", np.arange(10, dtype=np.uint32) * 20)
    (folder / "manifest.csv").write_text(
        "set,label,subject,trial,source,file,start,frames,dropped,seconds,rate_hz,max_gap_ms\n"
        "breathing,12BPM,a,1,x,breathing_12BPM.i8.xz,0,25,0,0.5,50,20\n"
        "breathing,12BPM,b,1,x,breathing_12BPM.i8.xz,25,25,0,0.5,50,20\n"
        "har,FA,a,3,x,har_FA.i8.xz,0,10,0,0.2,50,20\n"
    )
    return held


def paced_links(folder: Path) -> npt.NDArray[np.int8]:
    """An empty room, one of whose frames another station sent; returns what the file holds."""
    folder.mkdir(parents=True)
    held = samples(20, 128)
    xz(folder / "empty.i8.xz", held)
    xz(folder / "empty.us_u32.xz", np.arange(20, dtype=np.uint32) * 10_000)
    xz(folder / "empty.rssi_i8.xz", np.full(20, -61, np.int8))
    xz(folder / "empty.sigmode_u8.xz", np.where(np.arange(20) == 7, 0, 1).astype(np.uint8))
    (folder / "manifest.csv").write_text(
        "label,recording,file,start,frames,seconds,rate_hz,max_gap_ms,nonmonotonic,unparsed_lines,"
        "rssi_median,legacy_frames,channel,transmitters,note,truth_bpm\n"
        'empty,room_1,empty.i8.xz,0,15,0.1,100,10,0,0,-61,1,3,2,"a, b",\n'
        "empty,resp_none,empty.i8.xz,15,5,0.1,100,10,0,0,-61,0,3,1,,\n"
    )
    return held


def amplitude_sessions(folder: Path) -> npt.NDArray[np.uint8]:
    """One session: empty, moving, the person leaves, empty; returns its amplitudes."""
    folder.mkdir(parents=True)
    amplitudes = np.random.default_rng(3).integers(0, 90, (40, 128), dtype=np.uint8)
    label = np.repeat(np.array([0, 2, 0, 0], np.uint8), 10)
    settling = np.repeat(np.array([0, 0, 1, 0], np.uint8), 10)
    xz(folder / "amp.u8.xz", amplitudes)
    xz(folder / "us_u32.xz", np.arange(40, dtype=np.uint32) * 100_000)
    xz(folder / "rssi.i8.xz", np.full(40, -50, np.int8))
    xz(folder / "label.u8.xz", label)
    xz(folder / "settling.u8.xz", settling)
    (folder / "manifest.csv").write_text(
        "session,room,start,frames,amplitudes,empty,moving,settling,seconds,rate_hz\n"
        "one,1,0,40,128,30,10,10,3.9,10\n"
    )
    return amplitudes


def by_file(folder: Path) -> npt.NDArray[np.int8]:
    """A receiver with frames of two lengths; returns what the file holds."""
    folder.mkdir(parents=True)
    held = samples(12, 512)
    held[::3, 380:] = 0
    xz(folder / "door.i8.xz", held)
    xz(folder / "door.len_u16.xz", np.where(np.arange(12) % 3, 512, 380).astype(np.uint16))
    xz(folder / "door.rssi_i8.xz", np.full(12, -70, np.int8))
    xz(folder / "door.us_u32.xz", np.arange(12, dtype=np.uint32) * 40_000)
    (folder / "manifest.csv").write_text(
        "file,label,receiver,frames,seconds,rate_hz,lens,rssi_median,channel,secondary,note\n"
        'door,occupied-door,2,12,0.4,25,512:8 380:4,-70,9,2,"by the door"\n'
    )
    return held


def packets_by_width(folder: Path) -> None:
    """One node's frames of two widths, which take turns."""
    folder.mkdir(parents=True)
    for width, first in ((128, 0), (256, 10_000)):
        stem = f"node3_{width // 2}sc"
        xz(folder / f"{stem}.i8.xz", samples(6, width))
        xz(folder / f"{stem}.us_u32.xz", (np.arange(6) * 20_000 + first).astype(np.uint32))
    (folder / "manifest.csv").write_text(
        "file,node,subcarriers,bytes,frames\n"
        "node3_64sc.i8.xz,3,64,128,6\nnode3_128sc.i8.xz,3,128,256,6\n"
    )


def crossings(folder: Path) -> None:
    """Somebody who walks across a link."""
    folder.mkdir(parents=True)
    xz(folder / "csi.i8.xz", samples(9, 128))
    xz(folder / "us_u32.xz", np.arange(9, dtype=np.uint32) * 18_000)
    xz(folder / "rssi.i8.xz", np.full(9, -44, np.int8))
    xz(folder / "sigmode.u8.xz", np.array([1, 1, 0, 1, 1, 1, 1, 1, 1], np.uint8))
    (folder / "manifest.csv").write_text(
        "recording,frames,seconds,ht_frames,channel,secondary,host_seconds\nwalk_1,9,0.1,8,6,1,0.1\n"
    )
