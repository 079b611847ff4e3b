"""`hil doctor`"""

from __future__ import annotations

import dataclasses

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table
from harness.doctor.diagnosis import Diagnosis, diagnose


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
@click.option(
    "--probe", "asked", metavar="PORT", multiple=True, help="Ask the board at this port; resets it."
)
@click.option("--probe-all", is_flag=True, help="Ask every attached board; resets them.")
def doctor(as_json: bool, asked: tuple[str, ...], probe_all: bool) -> int:
    """Show which targets can run on this machine now, which tools were found, what is missing and
    the command that supplies it, and which boards are attached.

    Opens no port and resets no board unless it is asked to. Only the board itself knows its chip,
    revision, flash size and address.

    Exit status 1 when qemu or host, which need no other hardware, cannot run.
    """
    diagnosis = diagnose()
    attached = [port.device for port in diagnosis.ports]
    boards = _probe(attached if probe_all else list(asked))
    if as_json:
        print_json({**dataclasses.asdict(diagnosis), "boards": boards})
    else:
        _print(diagnosis)
        _print_boards(boards)
    return GOOD if diagnosis.is_healthy else FOUND_WRONG


def _probe(ports: list[str]) -> list[dict[str, str]]:
    if not ports:
        return []
    from harness.doctor.probe import probe

    return [dataclasses.asdict(probe(port)) for port in ports]


def _print_boards(boards: list[dict[str, str]]) -> None:
    if boards:
        click.echo()
        rows = [[b["port"], b["problem"] or b["chip"], b["flash"], b["mac"]] for b in boards]
        print_table(["port", "chip", "flash", "address"], rows)


def _print(diagnosis: Diagnosis) -> None:
    print_table(
        ["target", "can run", "what it is, or why not"],
        [
            [
                target.name,
                "yes" if target.can_run else "no",
                target.summary if target.can_run else f"{target.problem} {target.remedy}".strip(),
            ]
            for target in diagnosis.targets
        ],
    )
    click.echo()
    tools = {tool.name: tool for target in diagnosis.targets for tool in target.tools}
    print_table(
        ["tool", "version", "found at"],
        [[tool.name, tool.version, tool.path or "not found"] for tool in tools.values()],
    )
    click.echo()
    if diagnosis.ports:
        print_table(
            ["port", "USB ids", "serial number", "location", "what it says it is"],
            [
                [p.device, p.usb_ids, p.serial_number, p.location, p.description]
                for p in diagnosis.ports
            ],
        )
    else:
        click.echo("No board is attached to a USB port.")
