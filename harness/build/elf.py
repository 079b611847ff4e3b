"""Reads section sizes, symbols and source names of a linked image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.build.firmware import ImageUnreadable

_ALLOC = 0x2  # SHF_ALLOC: the section is part of the running image


@dataclass(frozen=True)
class Elf:
    """image: name and bytes of each section that the image holds. zeroed: the same of sections that
    only take memory. symbols: names that the image defines. files: names of the linked sources."""

    image: Mapping[str, int]
    zeroed: Mapping[str, int]
    symbols: frozenset[str]
    files: frozenset[str]


def read_elf(path: Path) -> Elf:
    """Raises ImageUnreadable."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            return _elf(ELFFile(file))
    except (OSError, ELFError) as error:
        raise ImageUnreadable(path, str(error)) from error


def _elf(elf: Any) -> Elf:
    image: dict[str, int] = {}
    zeroed: dict[str, int] = {}
    for section in elf.iter_sections():
        if section["sh_flags"] & _ALLOC and section["sh_size"]:
            kind = zeroed if section["sh_type"] == "SHT_NOBITS" else image
            kind[section.name] = kind.get(section.name, 0) + section["sh_size"]
    table = elf.get_section_by_name(".symtab")
    symbols, files = set(), set()
    for symbol in table.iter_symbols() if table else ():
        if symbol["st_info"]["type"] == "STT_FILE":
            files.add(Path(symbol.name).name)
        elif symbol["st_shndx"] not in ("SHN_UNDEF", "SHN_ABS"):
            symbols.add(symbol.name)
    return Elf(image, zeroed, frozenset(symbols), frozenset(files))
