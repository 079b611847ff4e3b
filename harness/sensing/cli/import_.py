"""`hil import`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_line, say
from harness.sensing.recordings.frames import BadRecording, Frames
from harness.sensing.recordings.importing import read_file
from harness.sensing.recordings.importing.capture import write_capture
from harness.sensing.recordings.manifest import read_folder


@click.command(
    name="import",
    epilog="Exit status 1 when broken rows were left out; all others are in RECORDING.",
)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("recording", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sender", help="Take the frames of this sender: a MAC or IP address, or a node's number."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Frames a second, where SOURCE does not say when they were taken.",
)
@click.option("--name", help="The recording of a folder to take.")
@click.option("--force", is_flag=True, help="Overwrite RECORDING.")
def import_(
    source: Path,
    recording: Path,
    sender: str | None,
    rate: float | None,
    name: str | None,
    force: bool,
) -> int:
    """Make a RECORDING (.pcap) of channel state that another tool wrote.

    SOURCE is CSI_DATA rows of esp-csi or ESP32-CSI-Tool, rows of numbers, JSON lines, an .npz of
    arrays, or a folder of recordings with a manifest. Each frame keeps its own time; `hil replay`
    and `hil decode` read RECORDING.
    """
    if recording.exists() and not force:
        raise click.UsageError(f"{recording} exists. Use --force to overwrite it.")
    if source.is_dir():
        frames, lines, is_whole = _of_folder(source, name), [], True
    else:
        imported = read_file(source, sender, rate)
        frames, lines, is_whole = imported.frames, list(imported.said()), not imported.broken
    for line in lines:
        say(line)
    write_capture(frames, recording)
    print_line(f"{len(frames)} frames in {recording}")
    return GOOD if is_whole else FOUND_WRONG


def _of_folder(folder: Path, name: str | None) -> Frames:
    recordings = read_folder(folder)
    chosen = [r for r in recordings if name in (None, r.name, str(r))]
    if len(chosen) == 1:
        return chosen[0].frames()
    shown = ", ".join(str(r) for r in (chosen or recordings)[:12])
    raise BadRecording(
        f"{folder} has {len(chosen) or 'no'} recordings of this name.",
        f"Choose one with --name. There are {len(recordings)}: {shown}, …",
    )
