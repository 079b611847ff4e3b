"""The programs of `firmware/host_library/fuzz/`: fed with files, or by libFuzzer."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.build.requirement import find_program
from harness.program_output import program_output
from harness.sensing.kernel_library import build_here
from harness.target import project_root

TARGETS = {
    "blob": "weight blobs",
    "line": "lines of the agent",
    "packets": "packets, encoded",
    "settings": "settings in flash",
    "csi_frame": "frames of channel state",
    "csi_codec": "compressed channel state",
}
"""Each target, and what it reads."""

_TRIAL = "int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }"
_INSTALL = (
    "Install clang and its libclang-rt (on Debian: apt-get install clang libclang-rt-14-dev)."
)


def missing_compiler() -> str:
    """Empty, or one sentence: why nothing can be fuzzed here."""
    clang = find_program("clang")
    if clang is None:
        return f"clang was not found. {_INSTALL}"
    with tempfile.TemporaryDirectory(prefix="hil-fuzz-") as folder:
        source = Path(folder, "trial.c")
        source.write_text(_TRIAL, encoding="utf-8")
        checks = "-fsanitize=fuzzer,address,undefined"
        command = [str(clang), checks, str(source), "-o", str(source.with_suffix(""))]
        works = program_output(command).returncode == 0
    return "" if works else f"clang has no libFuzzer. {_INSTALL}"


def build_feeders(firmware: Path | None = None, folder: Path | None = None) -> Path:
    """The folder with a program for each target that is fed with files. Raises BenchError."""
    source = (firmware or project_root() / "firmware") / "host_library" / "fuzz"
    return build_here(source, folder or project_root() / "build" / "fuzz-files")


def build_fuzzers(firmware: Path | None = None, folder: Path | None = None) -> Path:
    """The folder with a libFuzzer for each target. Raises BenchError."""
    source = (firmware or project_root() / "firmware") / "host_library" / "fuzz"
    options = ("-DFUZZ=ON", "-DCMAKE_C_COMPILER=clang")
    return build_here(source, folder or project_root() / "build" / "fuzz", options)
