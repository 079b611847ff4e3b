"""The commands that are about the sensing node, for `hil`."""

from harness.cli.commands import Command, CommandSet

_SUMMARIES = {
    "soak": "Let a node work for hours, and measure everything every minute.",
    "blob": "Make, show and check weight blobs (.rvne).",
    "decode": "Decode packets from a capture, a serial port or the network.",
    "record": "Write what a node sends to a capture file.",
    "import": "Make a recording of channel state that another tool wrote.",
    "replay": "Feed a recording into a node and compare its features with the twin's.",
    "sense": "Print each feature's error against its twin, and what is said of each scenario.",
    "provision": "Write a node's settings to a board, or to a file.",
    "train": "Train a model on recordings, tested on persons whom it has not seen.",
    "deploy": "Write a model into a node, and prove that it runs there.",
    "gate": "Judge whether sparse attention may take the place of dense.",
    "size": "Show what the image takes, against both partition layouts and the head's budget.",
    "bench": "Measure speed and memory against targets, published figures and earlier runs.",
    "fixtures": "Make the files in fixtures/ again.",
}


def _command(name: str, summary: str) -> Command:
    """A command and its module have the command's name; `import` is a word of Python's own."""
    word = "import_" if name == "import" else name
    return Command(name, f"harness.sensing.cli.{word}:{word}", summary)


COMMANDS = CommandSet(
    "The sensing node",
    tuple(_command(*entry) for entry in _SUMMARIES.items()),
    pytest_options=(
        *("--recording", "--recording-node", "--recording-sender", "--recording-rate"),
        *("--recording-every", "--model", "--soak-duration", "--soak-clock", "--live-seconds"),
    ),
)
