"""`hil decode`"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.cli.console import FOUND_WRONG, GOOD, say
from harness.interrupt import ctrl_c
from harness.sensing.cli.listening import (
    counts,
    listening_options,
    live_sources,
    nothing_decoded,
    say_who_is_heard,
    streams,
)
from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT, from_file, is_nexmon
from harness.sensing.reception.checker import Checked, Refused, StreamChecker
from harness.sensing.reception.item import Item, Unreadable, where
from harness.sensing.reception.source import listen
from harness.visible import visible, visible_json
from kernels_ref.packets import Packet

_BYTES_SHOWN = 8


@click.command(epilog="Exit status 1 when something could not be decoded, or nothing was there.")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@listening_options
@click.option(
    "--udp-port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_UDP_PORT,
    show_default=True,
    help="Destination port that is read in a capture file; 0 for every port.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines for a script.")
def decode(
    file: Path | None,
    ports: tuple[str, ...],
    baud: int,
    udp: str | None,
    udp_port: int,
    seconds: float | None,
    count: int | None,
    as_json: bool,
) -> int:
    """Decode packets from FILE, from a node's console or from the network.

    FILE is a .pcap or .pcapng (UDP payloads), a node's console log (.log, .txt: the packets that it
    mirrored), JSON lines (.jsonl, .json, .hex: hex strings, or objects with "hex", "time" and
    "address"); any other file is the bytes of one datagram. Listening changes nothing: a node
    mirrors packets on its console only when that is switched on. What cannot be decoded is counted,
    with the reason. Nodes with the same id are distinguished by their addresses.
    """
    checker = StreamChecker()
    with ctrl_c() as stop:
        items = _items(file, ports, baud, udp, udp_port, seconds, stop)
        results = itertools.islice(_results(items, checker), count)
        if as_json:
            for result in results:
                click.echo(visible_json(as_plain(result)))
        else:
            _print_table(results, live=file is None)
    why = nothing_decoded(checker) + _nexmon(file, checker)
    for line in [*counts(checker), *why, *streams(checker)]:
        say(line)
    return GOOD if checker.decoded and not checker.refused else FOUND_WRONG


def _nexmon(file: Path | None, checker: StreamChecker) -> list[str]:
    """A sentence for a capture that holds only channel state from nexmon."""
    if file is None or checker.decoded or not is_nexmon(file):
        return []
    return ["it is a nexmon capture, and that form is not supported"]


def _results(items: Iterator[Item], checker: StreamChecker) -> Iterator[Checked | Refused]:
    for item in items:
        if (result := checker.take(item)) is not None:
            yield result


def as_plain(result: Checked | Refused) -> dict[str, Any]:
    """One item, decoded or not, as plain values."""
    if isinstance(result, Checked):
        packet, datagram = result.packet, result.datagram
        head = {"time": datagram.time, "address": datagram.sender, "source": where(datagram)}
        return {**head, "packet": packet.SCHEMA.layout.name, "fields": fields(packet)}
    if isinstance(result.item, Unreadable) or result.error is None:
        return {"source": where(result.item), "error": result.reason}
    return {
        "time": result.item.time,
        "address": result.item.sender,
        "source": where(result.item),
        "error": result.reason,
        "offset": result.error.offset,
        "packet": result.error.packet,
        "detail": result.error.detail,
        "hex": result.item.data.hex(),
    }


def fields(packet: Packet) -> dict[str, Any]:
    """The packet's fields by name, in wire order."""
    return {field.name: _plain(getattr(packet, field.name)) for field in dataclasses.fields(packet)}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Flag):
        return value.value
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value


def _items(
    file: Path | None,
    ports: tuple[str, ...],
    baud: int,
    udp: str | None,
    udp_port: int,
    seconds: float | None,
    stop: threading.Event,
) -> Iterator[Item]:
    if file is not None and seconds is not None:
        raise click.UsageError("--seconds is for --port and --udp.")
    if sum((file is not None, bool(ports), udp is not None)) != 1:
        raise click.UsageError("Give one of: FILE, --port, --udp.")
    if file is not None:
        return itertools.takewhile(lambda _item: not stop.is_set(), from_file(file, udp_port))
    sources = live_sources(ports, baud, udp)
    items = listen(sources, seconds, stop)
    say_who_is_heard(udp)
    say(f"listening to {', '.join(source.name for source in sources)}; Ctrl-C ends it")
    return items


def _print_table(results: Iterator[Checked | Refused], live: bool) -> None:
    """Prints a table at the end; when live, a line for each result as it comes."""
    console = Console(highlight=False, width=None if Console().is_terminal else 320)
    table = Table("time", "packet", "fields", "address", "from", box=None, pad_edge=False)
    show: Callable[..., None] = console.print if live else table.add_row
    for result in results:
        row = _row(as_plain(result))
        show(*(escape(visible(cell)) for cell in row), **({"soft_wrap": True} if live else {}))
    if not live and table.row_count:
        console.print(table)


def _row(plain: dict[str, Any]) -> tuple[str, str, str, str, str]:
    stamp = plain.get("time")
    clock = "" if stamp is None else _clock(stamp)
    origin = (plain.get("address") or "", plain["source"])
    if "error" in plain:
        what = plain.get("packet") or "?"
        at = f" at byte {plain['offset']}" if "offset" in plain else ""
        detail = f": {plain['detail']}" if "detail" in plain else ""
        return clock, what, f"{plain['error']}{at}{detail}", *origin
    shown = "  ".join(f"{name}={_short(value)}" for name, value in plain["fields"].items())
    return clock, plain["packet"], shown, *origin


def _clock(stamp: float) -> str:
    moment = datetime.datetime.fromtimestamp(stamp)
    day = "" if time.time() - stamp < 86400 else f"{moment:%Y-%m-%d} "
    return f"{day}{moment:%H:%M:%S.%f}"[:-3]


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{' '.join(_short(entry) for entry in value)}]"
    if isinstance(value, str) and len(value) > 2 * _BYTES_SHOWN:
        return f"{value[: 2 * _BYTES_SHOWN]}… ({len(value) // 2} B)"
    return str(value)
