"""The commands that test this project itself, for `hil`."""

from harness.cli.commands import Command, CommandSet

COMMANDS = CommandSet(
    "This project",
    (
        Command(
            "test",
            "harness.project.selftest:test",
            "Run the project's own tests: linters, unit tests, the suite in five configurations.",
        ),
        Command(
            "reliability",
            "harness.project.reliability:reliability",
            "Show that no verdict is false: sessions with drawn faults, and what they say.",
        ),
    ),
)
