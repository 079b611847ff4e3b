"""The commands that are about the sensing node, for `hil`."""

from harness.cli.commands import Command, CommandSet

_HERE = "harness.sensing.cli"

COMMANDS = CommandSet(
    "The sensing node",
    (
        Command(
            "soak",
            f"{_HERE}.soak:soak",
            "Let a node work for hours, and measure everything every minute.",
        ),
        Command("blob", f"{_HERE}.blob:blob", "Make, show and check weight blobs (.rvne)."),
        Command(
            "decode",
            f"{_HERE}.decode:decode",
            "Decode packets from a capture, a serial port or the network.",
        ),
        Command("record", f"{_HERE}.record:record", "Write what a node sends to a capture file."),
        Command(
            "import",
            f"{_HERE}.import_:import_",
            "Make a recording of channel state that another tool wrote.",
        ),
        Command(
            "replay",
            f"{_HERE}.replay:replay",
            "Feed a recording into a node and compare its features with the twin's.",
        ),
        Command(
            "sense",
            f"{_HERE}.sense:sense",
            "Print each feature's error against its twin, and what is said of each scenario.",
        ),
        Command(
            "provision",
            f"{_HERE}.provision:provision",
            "Write a node's settings to a board, or to a file.",
        ),
        Command(
            "train",
            f"{_HERE}.train:train",
            "Train a model on recordings, tested on persons whom it has not seen.",
        ),
        Command(
            "deploy",
            f"{_HERE}.deploy:deploy",
            "Write a model into a node, and prove that it runs there.",
        ),
        Command(
            "gate",
            f"{_HERE}.gate:gate",
            "Judge whether sparse attention may take the place of dense.",
        ),
        Command(
            "size",
            f"{_HERE}.size:size",
            "Show what the image takes, against both partition layouts and the head's budget.",
        ),
        Command(
            "bench",
            f"{_HERE}.bench:bench",
            "Measure speed and memory against targets, published figures and earlier runs.",
        ),
        Command("fixtures", f"{_HERE}.fixtures:fixtures", "Make the files in fixtures/ again."),
    ),
    pytest_options=(
        *("--recording", "--recording-node", "--recording-sender", "--recording-rate"),
        *("--recording-every", "--model", "--soak-duration", "--soak-clock", "--live-seconds"),
    ),
)
