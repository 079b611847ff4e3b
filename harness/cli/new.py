"""`hil new`"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

import click

from harness.cli.console import GOOD, print_line
from harness.errors import BenchError

_MARK = ".in"  # behind the name of the file that a template becomes
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 32
_SHOWN = {"gitignore": ".gitignore"}  # a package holds no hidden files


class BadName(BenchError):
    """A project cannot be called that."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A project cannot be called {name!r}.",
            f"Take a small letter, then small letters, digits or _, at most {_LONGEST} in all.",
        )


class FolderThere(BenchError):
    """The folder of a new project exists already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} exists already.", "Take another name, or another folder.")
        self.folder = folder


@click.command()
@click.argument("name")
def new(name: str) -> int:
    """Make a folder NAME with a firmware that builds for host, qemu and ESP-IDF, and tests of it
    that pass."""
    folder = make_project(name, Path.cwd())
    print_line(f"made {folder}/: firmware/ is C, tests/ is Python")
    print_line(f"type: cd {folder} && pytest --target host")
    return GOOD


def make_project(name: str, parent: Path) -> Path:
    """Writes a new project into `parent`. Returns its folder, relative to `parent`.

    Raises: BadName, FolderThere.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise BadName(name)
    folder = parent / name
    if folder.exists() or folder.is_symlink():
        raise FolderThere(folder)
    for place, text in template():
        path = folder / place.replace("NAME", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@NAME@", name), encoding="utf-8", newline="\n")
    return folder.relative_to(parent)


def template() -> Iterator[tuple[str, str]]:
    """Each file of a new project: its place, where NAME stands for the name, and its text."""
    root = importlib.resources.files("harness.cli") / "template"
    for place, file in _files(root, PurePosixPath()):
        name = place.name.removesuffix(_MARK)
        yield str(place.with_name(_SHOWN.get(name, name))), file.read_text(encoding="utf-8")


def _files(
    folder: Traversable, place: PurePosixPath
) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, place / entry.name)
        elif entry.name.endswith(_MARK):
            yield place / entry.name, entry
