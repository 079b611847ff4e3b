"""The commands that are about the sensing node, for `hil`."""

from harness.cli.commands import CommandSet, commands_of

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

COMMANDS = CommandSet(
    "The sensing node",
    commands_of("harness.sensing.cli", _SUMMARIES),
    pytest_options=(
        *("--recording", "--recording-node", "--recording-sender", "--recording-rate"),
        *("--recording-every", "--model", "--soak-duration", "--soak-clock", "--live-seconds"),
    ),
)
