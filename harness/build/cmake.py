"""Builds the portable firmware with CMake and Ninja."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.build.overlay import cmake_definitions
from harness.build.build_lock import build_lock
from harness.build.firmware import BuildRequest, Firmware, Progress, no_progress, read_firmware
from harness.build.ninja import run_ninja
from harness.build.requirement import find_program
from harness.errors import BuildFailed, ToolMissing
from harness.program_output import program_output

@dataclass(frozen=True)
class CMakeRecipe:
    """`project` is the folder of the CMakeLists.txt, relative to the firmware folder."""

    project: str
    port: str  # the value of NODE_PORT

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """Configures when needed, then lets Ninja build what has changed; see `Recipe.build`."""
        with build_lock(request.build_dir, request.say):
            if not self._is_configured(request):
                progress("configuring")
                self._configure(request)
            was_built = self._compile(request, progress)
            return read_firmware(request.target, request.build_dir, was_built=was_built)

    def _definitions(self, request: BuildRequest) -> tuple[str, ...]:
        own = request.application_dir
        options = own or request.source_dir / self.project / "node"
        return (
            f"-DNODE_PORT={self.port}",
            f"-DNODE_SANITIZE={'ON' if request.sanitize else 'OFF'}",
            f"-DNODE_COVERAGE={'ON' if request.coverage else 'OFF'}",
            *cmake_definitions(
                request.target,
                request.overlays,
                options / "sdkconfig.h.in",
            ),
            *((f"-DAPPLICATION_DIR={own}",) if own else ()),
        )

    def _configure_command(self, request: BuildRequest) -> list[str]:
        ninja = _program("ninja")
        return [
            str(_program("cmake")),
            "-S",
            str(request.source_dir / self.project),
            "-B",
            str(request.build_dir),
            "-G",
            "Ninja",
            f"-DCMAKE_MAKE_PROGRAM={ninja}",
            *self._definitions(request),
        ]

    def _is_configured(self, request: BuildRequest) -> bool:
        stamp = request.build_dir / ".configured-with"
        wanted = "\n".join(self._configure_command(request))
        return (
            (request.build_dir / "build.ninja").is_file()
            and stamp.is_file()
            and stamp.read_text(encoding="utf-8") == wanted
        )

    def _configure(self, request: BuildRequest) -> None:
        # CMake cannot reuse the cache of other sources, of another version, or of an attempt that failed.
        (request.build_dir / "CMakeCache.txt").unlink(missing_ok=True)
        shutil.rmtree(request.build_dir / "CMakeFiles", ignore_errors=True)
        command = self._configure_command(request)
        done = program_output(command)
        if done.returncode != 0:
            raise BuildFailed(request.target, _shown(command), done.stdout)
        stamp = request.build_dir / ".configured-with"
        stamp.write_text("\n".join(command), encoding="utf-8")

    def _compile(self, request: BuildRequest, progress: Progress) -> bool:
        """Runs Ninja. Returns whether there was anything to do."""
        command = [str(_program("ninja")), "-C", str(request.build_dir)]
        steps, wrong = run_ninja(command, progress)
        if wrong:
            raise BuildFailed(request.target, _shown(command), wrong)
        return steps > 0


def _program(name: str) -> Path:
    path = find_program(name)
    if path is None:
        raise ToolMissing(name, "to build the firmware", f"Type: pip install {name}")
    return path


def _shown(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])
