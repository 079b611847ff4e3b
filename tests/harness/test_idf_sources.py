"""ESP-IDF builds every source: its lists name each file, while other ports take folders."""

from __future__ import annotations

from pathlib import Path

import pytest

COMPONENTS = Path(__file__).resolve().parents[2] / "firmware" / "components"


@pytest.mark.parametrize("component", sorted(path.name for path in COMPONENTS.iterdir()))
def test_every_source_is_listed(component: str) -> None:
    folder = COMPONENTS / component
    listed = (folder / "CMakeLists.txt").read_text(encoding="utf-8").split()
    words = {word.strip('()"') for word in listed}
    sources = {path.relative_to(folder).as_posix() for path in folder.glob("src/**/*.c")}
    headers = list(folder.glob("include/*.h"))
    assert sources or (headers and not (folder / "src").exists()), "a component with nothing in it"
    assert sources <= words, f"CMakeLists.txt does not name {sorted(sources - words)}"
