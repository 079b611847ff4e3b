"""What fuzzing has found worth keeping, executed again: the readers of foreign bytes with
sanitizers, and every packet that was encoded before the decoder."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from harness.program_output import program_output
from harness.sensing.fuzz import CORPORA, TARGETS, build_feeders, pack, replay, seeds, unpack
from harness.target import project_root
from kernels_ref.packets import decode

KEPT_BYTES = 300_000


@pytest.fixture(scope="module")
def feeders(firmware: Path) -> Path:
    own = firmware == project_root() / "firmware"
    return build_feeders() if own else build_feeders(firmware, firmware / "build" / "fuzz-files")


def inputs_of(target: str, folder: Path) -> list[Path]:
    """The kept ones and the first ones."""
    inputs = unpack(target, folder)
    assert len(inputs) > 30, f"hardly anything is kept of {target}"
    for number, seed in enumerate(seeds(target)):
        inputs.append(folder / f"seed{number}")
        inputs[-1].write_bytes(seed)
    return inputs


@pytest.mark.parametrize("target", TARGETS)
def test_no_kept_input_finds_anything(feeders: Path, target: str, tmp_path: Path) -> None:
    done = replay(feeders / target, inputs_of(target, tmp_path))
    assert not done.wrong, done.wrong


def test_every_packet_that_is_encoded_is_decoded(feeders: Path, tmp_path: Path) -> None:
    inputs = inputs_of("packets", tmp_path / "inputs")
    written = tmp_path / "packets"
    command = f'"$0" - "$@" > {written}'
    done = program_output(["sh", "-c", command, str(feeders / "packets"), *map(str, inputs)])
    assert done.returncode == 0, done.stdout
    data, kinds = written.read_bytes(), set()
    while data:
        (length,) = struct.unpack_from("<I", data)
        packet = decode(data[4 : 4 + length])
        assert packet.encode() == data[4 : 4 + length]
        kinds.add(type(packet).__name__)
        data = data[4 + length :]
    assert len(kinds) == 8, kinds


def test_what_is_kept_is_small_and_comes_back(tmp_path: Path) -> None:
    archives = [CORPORA / f"{target}.zip" for target in TARGETS]
    assert sum(archive.stat().st_size for archive in archives) < KEPT_BYTES
    assert {path.name for path in CORPORA.iterdir()} == {archive.name for archive in archives}
    pack("some", [b"two", b"", b"one", b"two"], tmp_path)
    read = {path.read_bytes() for path in unpack("some", tmp_path / "out", tmp_path)}
    assert read == {b"two", b"", b"one"}
    first = (tmp_path / "some.zip").read_bytes()
    assert pack("some", [b"one", b"two", b""], tmp_path).read_bytes() == first
