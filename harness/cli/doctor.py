"""`hil doctor`"""

from __future__ import annotations

import dataclasses

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table
from harness.doctor import Diagnosis, diagnose


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def doctor(as_json: bool) -> int:
    """Show which targets can run on this machine now, which tools were found, what is missing and
    the command that supplies it, and which boards are attached. Opens no port.

    Exit status 1 when qemu or host, which need nothing but this machine, cannot run.
    """
    diagnosis = diagnose()
    if as_json:
        print_json(dataclasses.asdict(diagnosis))
    else:
        _print(diagnosis)
    return GOOD if diagnosis.is_healthy else FOUND_WRONG


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
            ["port", "USB ids", "serial number", "what it says it is"],
            [[p.device, p.usb_ids, p.serial_number, p.description] for p in diagnosis.ports],
        )
    else:
        click.echo("No board is attached to a USB port.")
