"""What the commands that listen share: options, sources, and what is said of the packets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.cli.console import say
from harness.connection.serial_port import DEFAULT_BAUD
from harness.sensing.reception.checker import Stream, StreamChecker
from harness.sensing.reception.console import ConsoleSource
from harness.sensing.reception.source import PacketSource
from harness.sensing.reception.udp import UdpSource

_Command = TypeVar("_Command", bound=Callable[..., Any])
_THIS_MACHINE, _ANYWHERE = "127.0.0.1", "0.0.0.0"
_PORTS_SHOWN = 6


def _positive(
    _context: click.Context, option: click.Parameter, value: float | None
) -> float | None:
    if value is not None and not value > 0:
        raise click.BadParameter(f"{value:g} is not above 0.", param=option)
    return value


def listening_options(command: _Command) -> _Command:
    """--port, --baud, --udp, --seconds, --count."""
    for option in reversed(
        (
            click.option(
                "--port",
                "ports",
                metavar="PORT",
                multiple=True,
                help="Listen to a node's console on a serial port; may be repeated.",
            ),
            click.option(
                "--baud", type=click.IntRange(min=1), default=DEFAULT_BAUD, show_default=True
            ),
            click.option(
                "--udp",
                metavar="[ADDRESS:]PORT",
                help="Listen to datagrams that come to this address; without an address, to those "
                f"that this machine sends itself. --udp {_ANYWHERE}:5005 hears boards.",
            ),
            click.option(
                "--seconds", type=float, callback=_positive, help="Stop listening after this long."
            ),
            click.option(
                "--count", type=click.IntRange(min=1), help="Stop after this many datagrams."
            ),
        )
    ):
        command = option(command)
    return command


def live_sources(ports: tuple[str, ...], baud: int, udp: str | None) -> list[PacketSource]:
    """The sources that the options name. Raises UsageError."""
    if udp is None:
        return [ConsoleSource(port, baud) for port in ports]
    host, number = _host_and_port(udp)
    return [UdpSource(host or _THIS_MACHINE, number)]


def say_who_is_heard(udp: str | None) -> None:
    """Says that boards are not heard, where the user gave a port without an address."""
    if udp is None:
        return
    host, number = _host_and_port(udp)
    if not host:
        say(
            f"only datagrams of this machine are heard at port {number}; boards are heard with "
            f"--udp {_ANYWHERE}:{number}, or another address of this machine"
        )


def _host_and_port(udp: str) -> tuple[str, int]:
    """Raises UsageError."""
    host, _, number = udp.rpartition(":")
    if not number.isdecimal() or not 0 < int(number) <= 65535:
        raise click.UsageError(f"--udp {udp} is not [ADDRESS:]PORT.")
    return host.strip("[]"), int(number)


def counts(checker: StreamChecker) -> list[str]:
    """How many packets of each kind; what could not be decoded, and why; what was not read."""
    packets = ", ".join(f"{count} {name}" for name, count in sorted(checker.decoded.items()))
    lines = [f"{checker.decoded.total()} decoded{': ' if packets else ''}{packets}"]
    lines += [f"{count} not decodable: {why}" for why, count in checker.refused.most_common()]
    others = []
    for port, count in checker.other_ports.most_common():
        if port in checker.packet_ports:
            lines.append(f"{_datagrams(count)} went to port {port}; --udp-port {port} reads them")
        else:
            others.append(f"{count} to {port}")
    if others:
        rest = f", and to {len(others) - _PORTS_SHOWN} more" if len(others) > _PORTS_SHOWN else ""
        lines.append(f"datagrams to other ports: {', '.join(others[:_PORTS_SHOWN])}{rest}")
    return lines


def _datagrams(count: int) -> str:
    return f"{count} datagram{'' if count == 1 else 's'}"


def nothing_decoded(checker: StreamChecker) -> list[str]:
    """Says why there is no packet, unless `counts` says it."""
    if checker.decoded or checker.refused or checker.other_ports:
        return []
    if not checker.passed_over:
        return ["nothing came that could be decoded"]
    held = ", ".join(f"{count} {kind}" for kind, count in checker.passed_over.most_common())
    return [f"it holds no datagram of a node, only {held}"]


def streams(checker: StreamChecker) -> list[str]:
    """A line for each kind of packet of each node, and one for each of their problems."""
    lines = []
    for node, addresses in sorted(checker.shared_ids.items()):
        lines.append(
            f"{len(addresses)} addresses use node id {node}: {', '.join(addresses)}; their packets "
            "are distinguished by the address"
        )
    for _, stream in sorted(checker.streams.items(), key=lambda entry: str(entry[0])):
        rate = "" if stream.rate_hz is None else f", {stream.rate_hz:.4g} a second"
        lines.append(f"{stream.called(with_origin=True)}: {stream.count}{rate}{_numbers(stream)}")
        lines += [f"  {problem.partition(': ')[2]}" for problem in stream.problems()]
    if checker.lines_lost:
        lines.append(f"{checker.lines_lost} lines were lost between the console and here")
    return lines


def _numbers(stream: Stream) -> str:
    """The ranges of the sequence numbers between restarts."""
    if stream.sequence is None:
        return ""
    spans = [f"{first} to {last}" for first, last in stream.sequence.spans]
    return f", numbers {', then '.join(spans)}"
