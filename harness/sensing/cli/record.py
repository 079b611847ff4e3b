"""`hil record`"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from harness.cli.console import FOUND_WRONG, GOOD, print_line, say
from harness.interrupt import ctrl_c
from harness.sensing.cli.listening import (
    counts,
    listening_options,
    live_sources,
    nothing_decoded,
    say_who_is_heard,
    streams,
)
from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT
from harness.sensing.reception.checker import StreamChecker
from harness.sensing.reception.item import Datagram, Item
from harness.sensing.reception.recording import Recording
from harness.sensing.reception.source import listen

_REDRAW_HZ = 4.0


@click.command(
    epilog="Exit status 1 when nothing came, or something that is not a packet; it is recorded too."
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@listening_options
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def record(
    file: Path,
    ports: tuple[str, ...],
    baud: int,
    udp: str | None,
    seconds: float | None,
    count: int | None,
    force: bool,
) -> int:
    """Write what comes on a node's console or from the network to FILE, a .pcap.

    Every datagram is in the file as soon as it is heard; Ctrl-C ends it. Wireshark reads the file,
    and so do `hil decode` and `hil replay`.
    """
    if bool(ports) == (udp is not None):
        raise click.UsageError("Give one of: --port, --udp.")
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists. Use --force to overwrite it.")
    sources = live_sources(ports, baud, udp)
    checker = StreamChecker()
    with ctrl_c() as stop:
        items = listen(sources, seconds, stop)  # when it fails, FILE is not overwritten
        with Recording(file, DEFAULT_UDP_PORT) as recording:
            say_who_is_heard(udp)
            say(f"recording {', '.join(source.name for source in sources)}; Ctrl-C ends it")
            _record(items, recording, checker, count)
    for line in [*counts(checker), *nothing_decoded(checker), *streams(checker)]:
        say(line)
    print_line(f"{recording.count} datagrams in {file}")
    return GOOD if checker.decoded and not checker.refused else FOUND_WRONG


def _record(
    items: Iterator[Item], recording: Recording, checker: StreamChecker, count: int | None
) -> None:
    begun = time.monotonic()

    def state() -> Text:
        elapsed = time.monotonic() - begun
        refused = checker.refused.total()
        wrong = f", {refused} of them are no packets" if refused else ""
        return Text(
            f"{elapsed:6.0f} s  {recording.count} datagrams{wrong}"
            f"  from nodes {', '.join(map(str, checker.nodes)) or '-'}"
        )

    console = Console(stderr=True, highlight=False)
    numbers = itertools.count(1)
    with Live(get_renderable=state, console=console, refresh_per_second=_REDRAW_HZ, transient=True):
        for item in items:
            checker.take(item)
            if isinstance(item, Datagram):
                recording.write(item)
                if next(numbers) == count:
                    return
