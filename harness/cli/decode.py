"""`hil decode`"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.cli import capture
from harness.cli.console import FOUND_WRONG, GOOD, say
from harness.connection.serial_port import DEFAULT_BAUD
from kernels_ref.packets import Packet, PacketError
from kernels_ref.packets import decode as decode_packet

_BYTES_SHOWN = 8


@click.command(epilog="Exit status 1 when something could not be decoded, or nothing was there.")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--port", metavar="PORT", help="Listen to a node's console on a serial port.")
@click.option("--baud", type=int, default=DEFAULT_BAUD, show_default=True)
@click.option("--udp", metavar="[HOST:]PORT", help="Listen to the network, e.g. --udp 5005.")
@click.option(
    "--udp-port",
    type=click.IntRange(0, 65535),
    default=capture.DEFAULT_UDP_PORT,
    show_default=True,
    help="Destination port that counts in a .pcap file; 0: every one.",
)
@click.option("--seconds", type=float, help="Stop listening after this long.")
@click.option("--count", type=click.IntRange(min=1), help="Stop after this many datagrams.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines for a script.")
def decode(
    file: Path | None,
    port: str | None,
    baud: int,
    udp: str | None,
    udp_port: int,
    seconds: float | None,
    count: int | None,
    as_json: bool,
) -> int:
    """Decode packets from FILE, from a node's console or from the network.

    FILE is told by its content: .pcap and .pcapng (UDP payloads), a node's console log (.log, .txt:
    the packets it mirrored), JSON lines (.jsonl, .json, .hex: a hex string each, or an object with
    "hex" and "time"); any other file is the bytes of one datagram. Listening changes nothing: a
    node mirrors packets on its console when it was told to. What cannot be decoded is counted,
    with the reason.
    """
    items = itertools.islice(_items(file, port, baud, udp, udp_port, seconds), count)
    tally = Tally()
    with contextlib.suppress(KeyboardInterrupt):
        if as_json:
            for item in items:
                click.echo(json.dumps(as_plain(item, tally), ensure_ascii=False))
        else:
            _print_table(items, tally, live=file is None)
    for line in tally.lines():
        say(line)
    return GOOD if tally.decoded and not tally.refused else FOUND_WRONG


class Tally:
    """How many of which packet, and how many could not be decoded for which reason."""

    def __init__(self) -> None:
        self.decoded: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def lines(self) -> list[str]:
        """The summary."""
        total = self.decoded.total()
        packets = ", ".join(f"{count} {name}" for name, count in sorted(self.decoded.items()))
        lines = [f"{total} decoded{': ' if packets else ''}{packets}"]
        lines += [f"{count} not decodable: {why}" for why, count in self.refused.most_common()]
        return lines


def as_plain(item: capture.Item, tally: Tally) -> dict[str, Any]:
    """One item decoded, as plain values; counts it."""
    if isinstance(item, capture.Unreadable):
        tally.refused[item.reason] += 1
        return {"source": item.source, "error": item.reason}
    head: dict[str, Any] = {"time": item.time, "source": item.source}
    try:
        packet = decode_packet(item.data)
    except PacketError as error:
        tally.refused[error.reason.value] += 1
        return {
            **head,
            "error": error.reason.value,
            "offset": error.offset,
            "packet": error.packet,
            "detail": error.detail,
            "hex": item.data.hex(),
        }
    name = packet.SCHEMA.layout.name
    tally.decoded[name] += 1
    return {**head, "packet": name, "fields": fields(packet)}


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
    port: str | None,
    baud: int,
    udp: str | None,
    udp_port: int,
    seconds: float | None,
) -> Iterator[capture.Item]:
    if sum(source is not None for source in (file, port, udp)) != 1:
        raise click.UsageError("Give one of: FILE, --port, --udp.")
    if file is not None:
        return capture.from_file(file, udp_port)
    if port is not None:
        return capture.from_port(port, baud, seconds)
    host, _, number = (udp or "").rpartition(":")
    if not number.isdigit() or int(number) > 65535:
        raise click.UsageError(f"--udp {udp} is not [HOST:]PORT.")
    return capture.from_udp(host.strip("[]") or "0.0.0.0", int(number), seconds)


def _print_table(items: Iterator[capture.Item], tally: Tally, live: bool) -> None:
    """A table at the end, or, when live, a line for each as it comes."""
    console = Console(highlight=False, width=None if Console().is_terminal else 320)
    table = Table("time", "packet", "fields", "from", box=None, pad_edge=False)
    show: Callable[..., None] = console.print if live else table.add_row
    for item in items:
        row = _row(as_plain(item, tally))
        show(*(escape(cell) for cell in row), **({"soft_wrap": True} if live else {}))
    if not live and table.row_count:
        console.print(table)


def _row(plain: dict[str, Any]) -> tuple[str, str, str, str]:
    stamp = plain.get("time")
    clock = "" if stamp is None else _clock(stamp)
    if "error" in plain:
        what = plain.get("packet") or "?"
        where = f" at byte {plain['offset']}" if "offset" in plain else ""
        detail = f": {plain['detail']}" if "detail" in plain else ""
        return clock, what, f"{plain['error']}{where}{detail}", plain["source"]
    shown = "  ".join(f"{name}={_short(value)}" for name, value in plain["fields"].items())
    return clock, plain["packet"], shown, plain["source"]


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
