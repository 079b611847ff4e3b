"""Builds the ESP-IDF project with idf.py."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.build.build_lock import build_lock
from harness.build.firmware import BuildRequest, Firmware, Progress, no_progress, read_firmware
from harness.build.idf_environment import IdfEnvironment, idf_advice, idf_environment
from harness.build.ninja import run_ninja
from harness.errors import BuildFailed, ToolMissing

_STAMP = ".built-from.json"

# Configures a build; a change of any of them makes the configuration anew.
_CONFIGURATION = (
    *("sdkconfig*", "partitions*.csv"),
    *("**/Kconfig*", "**/CMakeLists.txt", "**/idf_component.yml"),
)
# The variable by which the idf_component.yml of a project names the folder of our components.
_COMPONENTS = "HIL_COMPONENTS"


@dataclass(frozen=True)
class IdfRecipe:
    """`idf_target` is ESP-IDF's name of the chip, or linux; `overlays` follow sdkconfig.defaults.

    An application's own project is configured by its own sdkconfig.defaults, then by
    `application_overlays` of the firmware folder. It finds our components by its idf_component.yml,
    and else because idf.py is told where they are.
    """

    idf_target: str
    overlays: tuple[str, ...] = ("sdkconfig.hil",)
    application_overlays: tuple[str, ...] = ("sdkconfig.agent",)

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """Starts idf.py when a source, the configuration or ESP-IDF has changed; see
        `Recipe.build`."""
        environment = idf_environment()
        if environment is None:
            raise ToolMissing("ESP-IDF", f"to build for {request.target}", idf_advice())
        with build_lock(request.build_dir, request.say):
            inputs = self._inputs(request, environment)
            before = _read_stamp(request.build_dir)
            was_built = before != inputs or not _image(request.build_dir).is_file()
            if was_built:
                if before.get("configuration") != inputs["configuration"]:
                    _start_over(request.build_dir, keep_objects=_same_project(before, inputs))
                # so a build that fails goes on the next time
                _write_stamp(request.build_dir, {**inputs, "sources": ""})
                self._idf_py(request, environment, progress)
                _describe(_image(request.build_dir))
                inputs["sdkconfig"] = _contents(request.build_dir / "sdkconfig")
                _write_stamp(request.build_dir, inputs)
            return read_firmware(request.target, request.build_dir, was_built=was_built)

    def _command(self, request: BuildRequest, environment: IdfEnvironment) -> list[str]:
        project = request.application_dir or request.source_dir
        defaults = [*self._defaults(request), *(path.as_posix() for path in request.overlays)]
        extra = []
        own = request.application_dir
        if own is not None and not _finds_components(own, environment):
            extra = [f"-DEXTRA_COMPONENT_DIRS={_components(request)}"]
        return environment.idf_py(
            "--preview",
            *("-C", str(project), "-B", str(request.build_dir)),
            f"-DIDF_TARGET={self.idf_target}",
            f"-DSDKCONFIG={request.build_dir / 'sdkconfig'}",
            f"-DSDKCONFIG_DEFAULTS={';'.join(defaults)}",
            *extra,
            "build",
        )

    def _defaults(self, request: BuildRequest) -> list[str]:
        """Files of configuration, by their names where they lie in the project itself."""
        own = request.application_dir
        if own is None:
            return ["sdkconfig.defaults", *self.overlays]
        theirs = ["sdkconfig.defaults"] if (own / "sdkconfig.defaults").is_file() else []
        ours = ((request.source_dir / name).as_posix() for name in self.application_overlays)
        return [*theirs, *ours]

    def _inputs(self, request: BuildRequest, environment: IdfEnvironment) -> dict[str, str]:
        """Digests of everything that the image depends on."""
        folders = [path for path in (request.application_dir, request.source_dir) if path]
        configuration = {
            path for folder in folders for pattern in _CONFIGURATION for path in folder.glob(pattern)
        }
        configuration |= set(request.overlays)
        sources = (path for folder in folders for path in _sources(folder, request.build_dir))
        project = folders[0]
        return {
            "project": f"{project} {environment.path} {environment.version} {environment.python}",
            "command": " ".join(self._command(request, environment)),
            "configuration": _digest(sorted(configuration)),
            "sources": _digest(sorted(sources)),
            # what `idf.py menuconfig` has changed since
            "sdkconfig": _contents(request.build_dir / "sdkconfig"),
        }

    def _idf_py(
        self, request: BuildRequest, environment: IdfEnvironment, progress: Progress
    ) -> None:
        command = self._command(request, environment)
        variables = {**environment.variables, _COMPONENTS: _components(request)}
        progress("configuring")
        _steps, wrong = run_ninja(command, progress, variables)
        if wrong:
            raise BuildFailed(request.target, f"idf.py {' '.join(command[2:])}", wrong)


def _components(request: BuildRequest) -> str:
    return (request.source_dir / "components").as_posix()


def _finds_components(project: Path, environment: IdfEnvironment) -> bool:
    """Whether ESP-IDF's component manager finds our components."""
    manifests = [*project.glob("*/idf_component.yml"), *project.glob("components/*/idf_component.yml")]
    is_off = environment.variables.get("IDF_COMPONENT_MANAGER") == "0"  # as ESP-IDF asks
    return not is_off and any(_COMPONENTS in path.read_text(encoding="utf-8") for path in manifests)


def _sources(sources: Path, build_dir: Path) -> Iterator[Path]:
    """Every file that the project is built from, and the reference weights beside the sources."""
    weights = sources.parent / "fixtures" / "reference.rvne"
    if weights.is_file():
        yield weights
    for path in sources.rglob("*"):
        inside_build = path.is_relative_to(build_dir) or "build" in path.relative_to(sources).parts
        if not inside_build and path.is_file():
            yield path


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _read_stamp(build_dir: Path) -> Mapping[str, str]:
    try:
        stamp = json.loads((build_dir / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(build_dir: Path, inputs: Mapping[str, str]) -> None:
    (build_dir / _STAMP).write_text(json.dumps(inputs, indent=1), encoding="utf-8")


def _same_project(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return before.get("project") == now["project"]


def _start_over(build_dir: Path, *, keep_objects: bool) -> None:
    """Removes the configuration, which ESP-IDF does not change when only its defaults have changed.
    Removes the objects as well, unless they were built by the same ESP-IDF."""
    (build_dir / "sdkconfig").unlink(missing_ok=True)
    if keep_objects or not (build_dir / "CMakeCache.txt").is_file():
        return
    for path in build_dir.iterdir():
        if path.name == ".lock":
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _image(build_dir: Path) -> Path:
    """The ELF file, which is called as the project is."""
    description = build_dir / "project_description.json"
    try:
        name = json.loads(description.read_text(encoding="utf-8"))["app_elf"]
    except (OSError, ValueError, KeyError, TypeError):
        name = "node.elf"
    return build_dir / str(name)


def _describe(image: Path) -> None:
    """Notes down the digest of the ELF file, which the running node reports."""
    digest = hashlib.sha256(image.read_bytes()).hexdigest()
    text = json.dumps({"elf": image.name, "elf_sha256": digest}, indent=1)
    (image.parent / "build.json").write_text(text, encoding="utf-8")
