"""The edge features are the same machine code with the temporal head and without.

So `hil test` runs the tests marked `edge_alone` on the image that has a head, and leaves them out
on the one that has none.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Section

from harness.build import BuildRequest
from harness.target import firmware_dir, project_root
from harness.target.portable import QEMU

# What a frame passes through between the line and the edge features.
AGENT = ("agent.c", "base85.c", "commands_arena.c", "commands_edge.c")
AGENT += ("line_codec.c", "reply.c")

pytestmark = pytest.mark.skipif(
    any(need.find() is None for need in QEMU.requirements), reason="needs what builds for qemu"
)


@pytest.fixture(scope="module")
def images() -> tuple[Path, Path]:
    """The build folders of both images, those that the suite uses too."""
    overlays = ((), (firmware_dir() / "sdkconfig.head_off",))
    folders = tuple(project_root() / "build" / name for name in ("qemu", "qemu-head_off"))
    for folder, chosen in zip(folders, overlays, strict=True):
        QEMU.recipe.build(BuildRequest(QEMU.name, firmware_dir(), folder, overlays=chosen))
    return folders[0], folders[1]


def code(compiled: Path) -> dict[str, object]:
    """What is linked of an object file: each section's bytes, and what is filled in where."""
    with compiled.open("rb") as file:
        elf = ELFFile(file)
        found: dict[str, object] = {}
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection):
                of = elf.get_section(section["sh_info"])
                if of["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                    found[section.name] = filled_in(elf, section)
            elif section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                found[section.name] = (section["sh_size"], section.data())
        return found


def filled_in(elf: ELFFile, section: RelocationSection) -> list[tuple[object, ...]]:
    """Place, way, symbol and what is added to it, of each relocation."""
    symbols: Section = elf.get_section(section["sh_link"])
    each = []
    for relocation in section.iter_relocations():
        symbol = symbols.get_symbol(relocation["r_info_sym"])
        name = symbol.name or (symbol["st_shndx"], symbol["st_value"])
        entry = relocation.entry
        each.append((entry["r_offset"], entry["r_info_type"], name, entry["r_addend"]))
    return each


def objects(folder: Path, *names: str) -> dict[str, Path]:
    """The object files of sources of these names, or of all."""
    found = {path.name.removesuffix(".obj"): path for path in folder.rglob("*.c.obj")}
    return {name: path for name, path in found.items() if not names or name in names}


def test_the_edge_features_and_the_way_to_them_know_nothing_of_the_head(
    images: tuple[Path, Path],
) -> None:
    edge = {path.name for path in (firmware_dir() / "components" / "edge" / "src").glob("*.c")}
    with_head, without = (objects(folder, *edge, *AGENT) for folder in images)
    assert with_head.keys() == without.keys() == edge | set(AGENT)
    assert len(edge) > 15
    for name in sorted(with_head):
        assert code(with_head[name]) == code(without[name]), f"{name} is not the same code"


def test_what_knows_of_the_head_is_other_code(images: tuple[Path, Path]) -> None:
    """So a difference would be seen."""
    for name in ("node_head.c", "temporal_task.c"):
        one, other = (code(objects(folder, name)[name]) for folder in images)
        assert one != other, name
