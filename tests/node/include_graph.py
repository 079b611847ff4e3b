"""Who includes whom in the firmware's C, read from the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.target import project_root

Graph = Mapping[str, set[str]]

FIRMWARE = project_root() / "firmware"
# A list of structs is included by the header that makes types of it.
_INCLUDE = re.compile(r'^ *# *(?:include|define +WIRE_LIST) +"([^"]+)"', re.MULTILINE)
_SYSTEM = re.compile(r"^ *# *include +<([^>]+)>", re.MULTILINE)


def sources(firmware: Path = FIRMWARE) -> list[Path]:
    """Every C file and header, relative to `firmware`."""
    found = (path for path in firmware.rglob("*.[ch]") if "build" not in path.parts)
    return sorted(path.relative_to(firmware) for path in found)


def component(path: Path) -> str:
    """The folder that a file belongs to: `node`, `ports/host`, `main`."""
    first, second = path.parts[:2]
    if first == "components":
        return second
    return f"{first}/{second}" if first == "ports" else first


def module(path: Path) -> str:
    """A header and the C file of the same name are one: `node/sensing`."""
    return f"{component(path)}/{path.stem}"


def system_headers(path: Path, firmware: Path = FIRMWARE) -> set[str]:
    """What it includes in angle brackets."""
    return set(_SYSTEM.findall((firmware / path).read_text(encoding="utf-8")))


def includes(path: Path, files: list[Path], firmware: Path = FIRMWARE) -> Iterator[Path | str]:
    """Each header that it includes in quotes; as text where it is none of the firmware's."""
    for name in _INCLUDE.findall((firmware / path).read_text(encoding="utf-8")):
        named = [
            other for other in files if other.parts[-len(Path(name).parts) :] == Path(name).parts
        ]
        own = [other for other in named if component(other) == component(path)]
        yield (own or named or [name])[0]


def graph(by: str, firmware: Path = FIRMWARE) -> Graph:
    """Who includes whom: `by` is "file", "module" or "component"."""
    key = {"file": str, "module": module, "component": component}[by]
    files = sources(firmware)
    found: dict[str, set[str]] = {key(path): set() for path in files}
    for path in files:
        for other in includes(path, files, firmware):
            if isinstance(other, Path) and key(other) != key(path):
                found[key(path)].add(key(other))
    return found


def circle(of: Graph) -> list[str]:
    """The names of one circle in order, the first again as the last; empty: there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for other in sorted(of.get(name, ())):
            if found := walk(other, [*way, name]):
                return found
        done.add(name)
        return []

    for name in sorted(of):
        if found := walk(name, []):
            return found
    return []


def reached(of: Graph, first: set[str]) -> set[str]:
    """Everything that `first` include, and what that includes in turn."""
    found = set(first)
    todo = list(first)
    while todo:
        for other in of.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found
