"""`python -m harness.cli` is `hil`."""

from harness.cli.app import main

main()
