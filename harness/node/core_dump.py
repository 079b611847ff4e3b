"""Decodes a core dump that a chip prints on its console, by esp-coredump and gdb."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.node.panic import Toolchain
from harness.program_output import program_output

_DECODE_S = 60.0
_COMPLAINT_LINES = 5  # of the decoder: its last ones say what was wrong

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_LOG = re.compile(r"(?:\x1b\[[0-9;]*m)?[EWIDV] \(\d+\) [^:]+: .*$")


def decode_core(core: Sequence[str], elf: Path, tools: Toolchain, keep: Path | None) -> str:
    """The dump as text, or why there is none and where the raw dump is. Never raises.

    core: the lines between the marks. keep: see `decode_crash`.
    """
    dump = "\n".join(without_log(core)) + "\n"
    missing = _missing(tools)
    if missing:
        return f"Not decoded: that needs {missing}.{_kept(dump, keep)}"
    with tempfile.TemporaryDirectory(prefix="hil-core-") as folder:
        file = Path(folder, "core.b64")
        file.write_text(dump, encoding="utf-8")
        command = [sys.executable, "-m", "esp_coredump", "--chip", tools.chip, "info_corefile"]
        command += ["--core", str(file), "--core-format", "b64", "--gdb", tools.path(tools.gdb)]
        text, complaint = run_tool([*command, str(elf)])
    return text or f"Not decoded, esp-coredump failed: {complaint}{_kept(dump, keep)}"


def without_log(core: Sequence[str]) -> Iterator[str]:
    """The lines of the dump, without what the other core has logged between them or within one."""
    begun = ""  # a line that a log line has cut in two
    for line in core:
        words = line.strip()
        cut = _LOG.search(words)
        if cut is not None:
            begun += words[: cut.start()]
        elif _BASE64.fullmatch(words):
            yield begun + words
            begun = ""
    if begun:
        yield begun


def _missing(tools: Toolchain) -> str:
    missing = []
    if importlib.util.find_spec("esp_coredump") is None:
        missing.append("esp-coredump (pip install esp-coredump)")
    if shutil.which(tools.path(tools.gdb)) is None:
        missing.append(tools.gdb)
    return " and ".join(missing)


def _kept(dump: str, keep: Path | None) -> str:
    """Keeps the raw dump. Returns where it is, as the end of a message."""
    try:
        folder = keep or Path(tempfile.mkdtemp(prefix="hil-core-"))
        file = folder / "core-dump.b64"
        file.write_text(dump, encoding="utf-8")
    except OSError as error:
        return f" The raw dump could not be kept: {error.strerror or error}."
    return f" The raw dump is in {file}."


def run_tool(command: Sequence[str]) -> tuple[str, str]:
    """The output of a program, and its complaint when it fails."""
    try:
        done = program_output(command, timeout=_DECODE_S, errors_apart=True)
    except subprocess.TimeoutExpired:
        return "", f"it did not end in {_DECODE_S:.0f} s."
    except OSError as error:
        return "", f"{error.strerror or error}."
    if done.returncode == 0 and done.stdout.strip():
        return done.stdout.strip(), ""
    words = (done.stderr.strip() or done.stdout.strip()).splitlines()
    # Of a traceback only the last line is kept: the others are about the decoder's own code.
    words = words[-1:] if any("Traceback" in word for word in words) else words[-_COMPLAINT_LINES:]
    said = "\n".join(words).rstrip(".")
    return "", f"{said}." if said else f"it ended with status {done.returncode} and said nothing."
