"""Some files of the node with a test's own C beside them, as a library of this machine."""

from __future__ import annotations

import ctypes
from pathlib import Path

from harness.build.requirement import find_program
from harness.errors import BenchError
from harness.program_output import program_output
from harness.target import project_root

FOLDERS = (
    "ports/node",
    "ports/shim",
    "components/crc32/include",
    "components/edge/include",
    "components/hil_agent/include",
    "components/hil_agent/src",
    "components/machine/include",
    "components/node/include",
    "components/node/src",
    "components/node_agent/include",
    "components/node_agent/src",
    "components/wire_struct/include",
    "components/ruv_temporal/include",
)


def compiled(
    folder: Path, own: str, sources: list[str], config: str = "", firmware: Path | None = None
) -> ctypes.CDLL:
    """Compile `own`, beside this file, and `sources`, below firmware/; `config` is sdkconfig.h."""
    compiler = find_program("cc") or find_program("gcc") or find_program("clang")
    if compiler is None:
        raise BenchError("No C compiler was found: install gcc.")
    firmware = firmware or project_root() / "firmware"
    library = folder / "node.so"
    (folder / "sdkconfig.h").write_text(config, encoding="utf-8")
    built = program_output(
        [str(compiler), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1"]
        + [f"-I{firmware / name}" for name in FOLDERS]
        + [f"-I{folder}", str(Path(__file__).with_name(own))]
        + [str(firmware / source) for source in sources]
        + ["-o", str(library)]
    )
    assert built.returncode == 0, built.stdout
    return ctypes.CDLL(str(library))
