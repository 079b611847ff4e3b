"""Who includes whom in the firmware's C, read from the sources."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.target import project_root

Graph = Mapping[str, set[str]]

FIRMWARE = project_root() / "firmware"
# A list of structs is included by the header that makes types of it.
_INCLUDE = re.compile(r'^ *# *(?:include|define +WIRE_LIST) +"([^"]+)"', re.MULTILINE)
_SYSTEM = re.compile(r"^ *# *include +<([^>]+)>", re.MULTILINE)


def component(path: Path) -> str:
    """The folder that a file belongs to: `node`, `ports/host`, `main`."""
    first, second = path.parts[:2]
    if first == "components":
        return second
    return f"{first}/{second}" if first == "ports" else first


class Sources:
    """Every C file and header below `firmware`, as paths relative to it."""

    def __init__(self, firmware: Path = FIRMWARE) -> None:
        found = (path for path in firmware.rglob("*.[ch]") if "build" not in path.parts)
        self._text = {p.relative_to(firmware): p.read_text(encoding="utf-8") for p in found}
        self.files = sorted(self._text)
        self.named: dict[str, list[Path]] = {}
        for path in self.files:
            self.named.setdefault(path.name, []).append(path)

    def system_headers(self, path: Path) -> set[str]:
        """What a file includes in angle brackets."""
        return set(_SYSTEM.findall(self._text[path]))

    def includes(self, path: Path) -> Iterator[Path | str]:
        """Each header that a file includes in quotes; as text where it is none of the firmware's.

        The compiler finds one of the file's own component first.
        """
        for name in _INCLUDE.findall(self._text[path]):
            named = self.named.get(Path(name).name, [])
            own = [other for other in named if component(other) == component(path)]
            yield (own or named or [name])[0]

    def by_file(self) -> Graph:
        """Which file includes which."""
        return self._graph(str)

    def by_component(self) -> Graph:
        """Which component includes of which other."""
        return self._graph(component)

    def _graph(self, key: Callable[[Path], str]) -> Graph:
        found: dict[str, set[str]] = {key(path): set() for path in self.files}
        for path in self.files:
            others = [other for other in self.includes(path) if isinstance(other, Path)]
            found[key(path)] |= {key(other) for other in others} - {key(path)}
        return found


def circle(of: Graph) -> list[str]:
    """The names of one circle, the first again as the last; empty: there is none."""
    try:
        graphlib.TopologicalSorter(of).prepare()
    except graphlib.CycleError as error:
        names: list[str] = error.args[1]
        return names
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
