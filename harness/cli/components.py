"""`hil components`"""

from __future__ import annotations

import click

from harness.cli.console import GOOD, print_line
from harness.target import firmware_dir


@click.command()
def components() -> int:
    """Print the folder of agent and machine, for an ESP-IDF project that you build yourself:
    export HIL_COMPONENTS="$(hil components)"; idf.py build"""
    print_line((firmware_dir() / "components").as_posix())
    return GOOD
