"""The table of carriers as the firmware's header: `python -m kernels_ref.carriers_list FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from kernels_ref import carriers

HEADER = "firmware/components/edge/include/csi_layout_list.h"
_FIELDS = 3  # at most, of a row
_TOP = """\
// What the bytes of a frame of channel state mean. Made from kernels_ref/carriers.py by
// `python -m kernels_ref.carriers_list FILE`: change it there.
#pragma once

// clang-format off"""


def _macro(name: str, comment: str, entries: list[str]) -> str:
    body = " \\\n".join(f"    X({entry})" for entry in entries)
    return f"// {comment}\n#define {name}(X) \\\n{body}\n"


def c_header() -> str:
    """The header's text."""
    used = [f"{b.name}, {least}u, {most}u" for b, (least, most) in carriers.USED.items()]
    forms = [
        f"{name}, {f.basis.name}, {f.pairs}u, {f.first}, {f.wrap}u, {f.wrapped}, {f.smear}u"
        for name, f in carriers.FORMS.items()
    ]
    rows = []
    for row in carriers.ROWS.values():
        names = [*row.forms, *["NONE"] * (_FIELDS - len(row.forms))]
        rows.append(f"{row.number}u, {row.name}, {int(row.stbc)}u, {', '.join(names)}")
    bases = [f"{basis.name}, 0x{basis.value:04X}u" for basis in carriers.Basis]
    return "\n".join(
        (
            _TOP,
            _macro("CSI_BASIS_LIST", "name, number", bases),
            _macro("CSI_USED_LIST", "basis, least and most |carrier| that it has", used),
            _macro(
                "CSI_FORM_LIST",
                "name, basis, pairs, carrier of pair 0, pair that wraps, its carrier, smear",
                forms,
            ),
            _macro("CSI_ROW_LIST", "number, name, STBC, forms of the fields as stored", rows)
            + "// clang-format on\n",
        )
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(c_header(), encoding="utf-8")
