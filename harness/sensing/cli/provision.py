"""`hil provision`"""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from harness.cli.console import GOOD, print_table, say
from harness.device.board_port import WantedPort, find_ports, only_port
from harness.errors import BenchError
from harness.sensing.nvs import (
    NVS_OFFSET,
    SETTINGS,
    SettingInvalid,
    Value,
    make_image,
    parse_setting,
)
from harness.target.esp_idf import CHIPS


@click.command()
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--from", "file", type=click.Path(path_type=Path), help="A TOML file of settings.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the partition image here.")
@click.option(
    "--port", help="Write it to the board on this port; auto: the only board that is attached."
)
@click.option("--chip", type=click.Choice(CHIPS), default="esp32s3", show_default=True)
@click.option("--list", "show", is_flag=True, help="Show every setting and what it takes.")
def provision(
    settings: tuple[str, ...],
    file: Path | None,
    output: Path | None,
    port: str | None,
    chip: str,
    show: bool,
) -> int:
    """Make the image of the NVS partition with a node's settings, and flash it or write it to a
    file. It replaces everything in the partition; a setting that is not given has its default.

    The command line overrides the file.
    """
    if show:
        _list()
        return GOOD
    values = _values(settings, file)
    if not values:
        raise BenchError("There is nothing to set.", "Give NAME=VALUE; hil provision --list.")
    if (output is None) == (port is None):
        raise BenchError("One of --output and --port is needed.", "See: hil provision --help")
    image = make_image(values)
    names = ", ".join(values)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(image)
        say(f"{output}: {len(image)} bytes for offset 0x{NVS_OFFSET:x}: {names}")
    else:
        _flash(image, port or "", chip)
        say(f"the board on {port} has these settings now: {names}")
    return GOOD


def _values(settings: tuple[str, ...], file: Path | None) -> dict[str, Value]:
    texts: dict[str, str] = {}
    if file is not None:
        texts |= _from_file(file)
    for word in settings:
        name, equals, text = word.partition("=")
        if not equals:
            raise SettingInvalid(word, "", "it has no value", "Write NAME=VALUE.")
        texts[name] = text
    return {name: parse_setting(name, text) for name, text in texts.items()}


def _from_file(file: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"{file} is not TOML: {error}.") from None
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in table.items()
    }


def _flash(image: bytes, port: str, chip: str) -> None:
    from harness.device.board import Board

    wanted = WantedPort(port)
    board = Board(port=only_port(wanted, find_ports(wanted)), chip=chip)
    board.examine()
    board.write_flash(NVS_OFFSET, image)


def _list() -> None:
    print_table(
        ["setting", "takes", "default", "meaning"],
        [
            [setting.name, setting.takes, setting.default_text, setting.meaning]
            for setting in SETTINGS.values()
        ],
    )
