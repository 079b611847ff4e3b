"""The `hil` command line tool: 0 good, 1 found something wrong, 2 could not run."""

from harness.cli.app import cli, main

__all__ = ["cli", "main"]
