"""`hil fixtures`"""

from __future__ import annotations

import click

from harness.cli.console import GOOD, print_line
from harness.sensing.golden_files import make_fixtures
from harness.target import project_root


@click.command()
def fixtures() -> int:
    """Make every file in fixtures/ again: blobs and golden vectors."""
    for path in make_fixtures(project_root() / "fixtures"):
        print_line(str(path))
    return GOOD
