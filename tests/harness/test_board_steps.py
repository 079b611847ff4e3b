"""What a board can do wrong before it is judged, each on a scripted one."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import esptool
import pytest

from harness.build import Firmware
from harness.device.board import Board, FlashFailed, NoResetLine
from harness.device.boot_console import (
    BrownOut,
    DownloadMode,
    NothingHeard,
    RestartedFromOutside,
    WrongBaudRate,
    WrongChip,
)
from harness.device.flash_refusal import ImageTooLarge, SecuredChip
from harness.errors import (
    BenchError,
    BootNotSeen,
    ConnectionLost,
    NodeCrashed,
    NodeSilent,
    PortMissing,
)
from harness.node.client import Timing
from harness.node.structs import BootReport, ResetReason
from harness.plugin import bring_up as bring_up_module
from harness.plugin.bring_up import OtherImage, bring_up
from harness.sensing.node import SensingNode
from tests.harness import fake_board
from tests.harness.fake_board import FakeBoard, Rfc2217Server, plug_in
from tests.harness.fake_device import FakeServer, wait_until

BUILT = "ab" * 32
SESSION_TIMING = Timing()
SESSION_WAITS = {name: getattr(bring_up_module, name) for name in ("LOOK_S", "BOOT_S", "_SLICE_S")}
_numbers = itertools.count()


class Words:
    """The terminal: keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def progress(self, _line: str) -> None:
        pass


class Loader:
    """esptool's object for a chip, on a scripted board."""

    serial_port = ""
    USES_RFC2217 = False

    def __init__(self, fake: FakeBoard) -> None:
        self._fake = fake
        self._port = SimpleNamespace(
            close=lambda: None, get_settings=dict, apply_settings=lambda _settings: None
        )

    def hard_reset(self) -> None:
        self._fake.reset()

    def connect(self) -> None:
        if self._fake.starts is fake_board.stay_silent:
            raise esptool.FatalError("Failed to connect to ESP32-S3: No serial data received.\nFor")
        self._fake.runs_image = False
        if self._fake.chip != "esp32s3":
            raise esptool.FatalError("This chip is ESP32-C3, not ESP32-S3. Wrong chip argument?")


@pytest.fixture
def idf_app(tmp_path: Path) -> Any:
    """The folder of a finished build, as pytest-embedded reads it."""
    from pytest_embedded_idf import IdfApp

    folder = tmp_path / "build"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "sdkconfig.json").write_text(json.dumps({"IDF_TARGET": "esp32s3"}))
    (folder / "node.elf").write_bytes(b"elf")
    (folder / "node.bin").write_bytes(b"bin")
    arguments = {
        "write_flash_args": ["--flash-size", "8MB"],
        "flash_settings": {"flash_size": "8MB"},
        "flash_files": {"0x20000": "node.bin"},
        "extra_esptool_args": {"after": "hard_reset", "stub": True, "chip": "esp32s3"},
    }
    (folder / "flasher_args.json").write_text(json.dumps(arguments))
    return IdfApp(app_path=str(tmp_path), build_dir="build")


class BoardBench:
    """A scripted board and the harness's side of it."""

    def __init__(self, fake: FakeBoard, app: Any, folder: Path) -> None:
        self.fake = fake
        self.url = plug_in(fake, f"bench{next(_numbers)}")
        self.words = Words()
        self._app = app
        self._firmware = Firmware("esp32s3", folder / "node.elf", folder, BUILT, False)
        self.node: SensingNode | None = None
        self.board: Board | None = None

    def bring_up(self, port: str = "", timing: Timing | None = None, **options: Any) -> BootReport:
        queue = SimpleNamespace(write=lambda _text: None, put=lambda _data: None)
        self.board = Board(queue, self._app, port=port or self.url, chip="esp32s3", **options)
        self.board._esptool = lambda: Loader(self.fake)  # type: ignore[method-assign]
        self.board.connection.reopen_s = 1.0
        quick = Timing(resend_s=0.2, answer_s=2.0, boot_s=2.0, probe_s=0.3)
        self.node = SensingNode(self.board.connection, timing=timing or quick)
        self.node.connection.open()
        return bring_up(self.node, self.board, self._firmware, self.words)  # type: ignore[arg-type]

    def close(self) -> None:
        if self.board is not None:
            self.board.close()


MakeBench = Callable[[FakeBoard], BoardBench]


@pytest.fixture
def bench(idf_app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeBench]:
    monkeypatch.setattr(bring_up_module, "LOOK_S", 0.6)
    monkeypatch.setattr(bring_up_module, "BOOT_S", 1.2)
    monkeypatch.setattr(bring_up_module, "_SLICE_S", 0.3)
    made: list[BoardBench] = []

    def make(fake: FakeBoard) -> BoardBench:
        def run_esptool(arguments: list[str], esp: Loader) -> None:
            fake.flashed.append(arguments)
            if "write-flash" in arguments:
                fake.image = BUILT

        monkeypatch.setattr(esptool, "main", run_esptool)
        made.append(BoardBench(fake, idf_app, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


# ---- flashing ------------------------------------------------------------------------------------


def test_a_board_that_runs_the_image_is_not_flashed(bench: MakeBench) -> None:
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    boot = one.bring_up()
    assert boot.elf_sha256.hex() == BUILT
    assert fake.flashed == [] and fake.resets == 1
    assert one.words.said == ["the board runs this image already: not flashed"]


def test_a_board_with_another_image_is_flashed_by_pytest_embeddeds_own_way(
    bench: MakeBench,
) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)
    assert one.bring_up().elf_sha256.hex() == BUILT
    (command,) = fake.flashed
    assert command[:2] == ["--after", "hard_reset"] and "write-flash" in command
    assert command[command.index("0x20000") + 1].endswith("node.bin")
    assert "it runs the image 2222222222222222…" in one.words.said[0]


def test_an_empty_board_is_flashed(bench: MakeBench) -> None:
    fake = FakeBoard(image="")
    one = bench(fake)
    one.bring_up()
    assert len(fake.flashed) == 1
    assert "it starts no image (invalid header: 0xffffffff)" in one.words.said[0]


def test_erase_all_erases_before_it_flashes(bench: MakeBench) -> None:
    fake = FakeBoard(image=BUILT)
    bench(fake).bring_up(erase_all=True)
    assert fake.flashed[0][0] == "erase-flash" and "write-flash" in fake.flashed[1]


def test_skip_autoflash_leaves_the_board_alone(bench: MakeBench) -> None:
    fake = FakeBoard(image="22" * 32)
    with pytest.raises(BenchError, match=r"not to be flashed, and it runs the image 22.*--skip-au"):
        bench(fake).bring_up(skip_autoflash=True)
    assert fake.flashed == []


@pytest.mark.parametrize(("flash_port", "stays_open"), [(None, False), ("COM9", True)])
def test_another_port_to_flash_by_leaves_the_console_alone(
    bench: MakeBench,
    monkeypatch: pytest.MonkeyPatch,
    flash_port: str | None,
    stays_open: bool,
) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)
    write_image, seen = esptool.main, []

    def look(arguments: list[str], esp: Loader) -> None:
        assert one.board is not None
        seen.append((one.board.flash_port, one.board.connection.is_open))
        write_image(arguments, esp)
        if stays_open:
            fake.reset()  # as esptool does by the other port

    monkeypatch.setattr(esptool, "main", look)
    one.bring_up(esptool_port=flash_port)
    assert seen == [(flash_port or one.url, stays_open)]


def test_a_flash_that_changes_nothing_is_found_out(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench(FakeBoard(image="22" * 32))
    monkeypatch.setattr(esptool, "main", lambda arguments, esp: None)
    with pytest.raises(OtherImage):
        one.bring_up()


# ---- what keeps a board from being judged: BENCH -----------------------------------------------


@pytest.mark.parametrize(
    ("starts", "error", "sentence"),
    [
        (fake_board.wait_for_download, DownloadMode, "is stuck in download mode.*Release the BOOT"),
        (fake_board.brown_out, BrownOut, "brown-out, 4 times.*Use a shorter cable"),
        (fake_board.speak_noise, WrongBaudRate, "at 115200 baud is not text.*--baud"),
        (fake_board.stay_silent, FlashFailed, "No serial data received.*Hold BOOT, press RESET"),
        (fake_board.vanish, ConnectionLost, "fakeboard://bench.*did not come back in 1 s"),
    ],
)
def test_what_is_the_benchs_fault(
    bench: MakeBench,
    starts: Callable[[FakeBoard], None],
    error: type[BenchError],
    sentence: str,
) -> None:
    fake = FakeBoard()
    fake.starts = starts
    with pytest.raises(error, match=sentence) as caught:
        bench(fake).bring_up()
    assert isinstance(caught.value, BenchError)
    assert len(str(caught.value).splitlines()) == 1
    assert fake.flashed == []


@pytest.mark.parametrize(
    ("reason", "error", "sentence"),
    [
        (ResetReason.BROWNOUT, BrownOut, r"dropped \(brown-out\) while .*Use a shorter cable"),
        (ResetReason.PWR_GLITCH, BrownOut, r"dropped \(brown-out\) while "),
        (ResetReason.POWERON, RestartedFromOutside, r"from outside \(reason: POWERON\).*button"),
        (ResetReason.EXT, RestartedFromOutside, r"from outside \(reason: EXT\)"),
        (ResetReason.USB, RestartedFromOutside, r"from outside \(reason: USB\)"),
        (ResetReason.PANIC, NodeCrashed, "reset by itself"),
        (ResetReason.TASK_WDT, NodeCrashed, "reset by itself"),
        (ResetReason.UNKNOWN, NodeCrashed, "reset by itself"),
    ],
)
def test_a_restart_in_mid_test_is_laid_at_the_right_door(
    bench: MakeBench, reason: ResetReason, error: type[Exception], sentence: str
) -> None:
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    one.bring_up()
    assert one.node is not None
    before = one.node.boot.boot_nonce
    fake.node.boot(reason)
    node = one.node
    wait_until(lambda: node.boot.boot_nonce != before)
    with pytest.raises(error, match=sentence):
        node.status()
    assert node.status().rx_bytes >= 0  # told once


@pytest.mark.parametrize("ask", [SensingNode.reset, SensingNode.panic, SensingNode.hang])
@pytest.mark.parametrize(
    ("reason", "error", "sentence"),
    [
        (ResetReason.BROWNOUT, BrownOut, r"dropped \(brown-out\) while .*Use a shorter cable"),
        (ResetReason.PWR_GLITCH, BrownOut, r"dropped \(brown-out\) while waiting for the boot"),
        (ResetReason.EXT, RestartedFromOutside, r"from outside \(reason: EXT\).*button"),
        (ResetReason.POWERON, RestartedFromOutside, r"from outside \(reason: POWERON\)"),
    ],
)
def test_a_restart_on_request_that_was_another_is_laid_at_the_right_door(
    bench: MakeBench,
    ask: Callable[[SensingNode], BootReport],
    reason: ResetReason,
    error: type[Exception],
    sentence: str,
) -> None:
    """The voltage drops, or somebody presses the button, while the node restarts."""
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    one.bring_up()
    node, boot = one.node, fake.node.boot
    assert node is not None
    fake.node.boot = lambda _asked: boot(reason)  # type: ignore[method-assign,assignment]
    with pytest.raises(error, match=sentence):
        ask(node)
    assert node.status().rx_bytes >= 0, "the node is known to have restarted"
    fake.node.boot = boot  # type: ignore[method-assign]
    assert node.reset().reset_reason == ResetReason.SW


@pytest.mark.parametrize(
    ("says", "error", "sentence"),
    [
        (fake_board.brown_out, BrownOut, "brown-out, 4 times.* while waiting for the reply"),
        (fake_board.brown_out_once, BrownOut, r"voltage dropped \(brown-out\) while waiting"),
        (fake_board.wait_for_download, DownloadMode, "stuck in download mode"),
        (fake_board.crash_loop, NodeSilent, "gave no answer"),
        (fake_board.stay_silent, NodeSilent, "gave no answer"),
    ],
)
def test_silence_in_mid_test_is_laid_at_the_right_door(
    bench: MakeBench, says: Callable[[FakeBoard], None], error: type[Exception], sentence: str
) -> None:
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    one.bring_up(timing=Timing(resend_s=0.1, answer_s=0.4, boot_s=2.0, probe_s=0.3))
    assert one.node is not None
    fake.runs_image = False
    says(fake)
    with pytest.raises(error, match=sentence):
        one.node.status()


def test_silence_after_flashing_is_the_benchs_fault(bench: MakeBench) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)

    def silent_once_flashed(board: FakeBoard) -> None:
        if not board.flashed:
            fake_board.start_image(board)

    fake.starts = silent_once_flashed
    with pytest.raises(NothingHeard, match="Not one byte came from fakeboard"):
        one.bring_up()


@pytest.mark.parametrize(
    ("secured", "why"),
    [
        ({"get_flash_encryption_enabled": lambda: True}, "flash encryption"),
        ({"get_secure_boot_enabled": lambda: True}, "secure boot"),
        ({"secure_download_mode": True}, "secure download mode"),
    ],
)
def test_a_secured_chip_is_not_written_to(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, secured: dict[str, Any], why: str
) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)
    for name, value in secured.items():
        value = staticmethod(value) if callable(value) else value
        monkeypatch.setattr(Loader, name, value, raising=False)
    with pytest.raises(SecuredChip, match=rf"is secured \({why}\).*flashed by its owner"):
        one.bring_up()
    assert fake.flashed == [] and fake.runs_image, "it is left as it was found"


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (
            (
                "E (300) spi_flash: Detected size(4096k) smaller than the size in the binary image"
                " header(8192k). Probe failed.\r\nabort() was called at PC 0x4200a on core 0\r\n"
            ),
            ImageTooLarge,
        ),
        (
            (
                "E (60) flash_parts: partition 3 invalid - offset 0x310000 size 0x300000 exceeds"
                " flash chip size 0x400000\r\n"
            ),
            ImageTooLarge,
        ),
        (
            (
                "E (90) secure_boot_v2: Secure boot V2 verification failed.\r\n"
                "E (91) esp_image: Failed to verify app image @ 0x20000\r\n"
            ),
            SecuredChip,
        ),
    ],
)
def test_an_image_that_the_board_cannot_take_is_the_benchs_fault(
    bench: MakeBench, says: str, error: type[BenchError]
) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)

    def refuse_what_was_flashed(board: FakeBoard) -> None:
        if not board.flashed:
            fake_board.start_image(board)
        else:
            board.rom()
            board.say(says)

    fake.starts = refuse_what_was_flashed
    with pytest.raises(error):
        one.bring_up()


def test_esptools_word_that_an_image_is_too_large_names_the_overlay(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench(FakeBoard(image="22" * 32))

    def refuse(arguments: list[str], esp: Loader) -> None:
        raise esptool.FatalError(
            "File 'node.bin' (length 5000000) at offset 0x00020000 will not fit in 4194304 bytes"
            " of flash. Change the flash_size argument or flashing address."
        )

    monkeypatch.setattr(esptool, "main", refuse)
    with pytest.raises(ImageTooLarge, match="--overlay 4mb"):
        one.bring_up()


def test_a_board_of_another_chip(bench: MakeBench) -> None:
    fake = FakeBoard(chip="esp32c3")
    fake.starts = lambda board: board.rom()
    with pytest.raises(WrongChip, match="has an esp32c3, and the target is esp32s3") as caught:
        bench(fake).bring_up()
    assert "Use --target esp32c3" in caught.value.remedy


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(PortMissing, match="Port fakeboard://nowhere cannot be used"):
        Board(port="fakeboard://nowhere", chip="esp32s3").examine()


# ---- what is the device's fault: FAIL ---------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (fake_board.crash_loop, "Guru Meditation Error"),
        (fake_board.refuse_image, "refused the image: mismatch chip ID, expected 9, found 5"),
    ],
)
def test_an_image_that_does_not_start_is_the_devices_fault(
    bench: MakeBench, starts: Callable[[FakeBoard], None], words: str
) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)
    fake.starts = lambda board: starts(board) if board.flashed else fake_board.start_image(board)
    with pytest.raises(BootNotSeen) as caught:
        one.bring_up()
    assert words in str(caught.value)


# ---- ports that come and go, and other ways to the board -----------------------------------------


def test_a_port_that_vanishes_on_reset_and_returns(bench: MakeBench) -> None:
    fake = FakeBoard(image=BUILT)
    fake.starts = fake_board.vanish_and_return
    one = bench(fake)
    bring_up_module.LOOK_S = 5.0
    one.bring_up()
    assert one.board is not None and one.board.connection.reopened >= 1
    assert fake.flashed == []


def test_a_reset_line_that_is_not_connected(bench: MakeBench) -> None:
    """The node has been running all along: it is restarted on request, and its nonce proves it."""
    fake = FakeBoard(image=BUILT)
    fake.has_reset_line = False
    fake_board.start_image(fake)
    nonce = fake.node.commands.nonce
    fake._said.clear()
    boot = bench(fake).bring_up()
    assert boot.boot_nonce == nonce + 1
    assert [command for _, command in fake.node.executed if command == "reset"] == ["reset"]


@pytest.mark.parametrize("way", ["no reset line", "socket://"])
def test_a_running_node_is_attached_to_with_the_waits_of_a_session(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The other tests wait shorter than a session does; what is too short there is seen here."""
    fake = FakeBoard(image=BUILT)
    fake.has_reset_line = False
    fake_board.start_image(fake)
    fake._said.clear()
    one = bench(fake)
    for name, value in SESSION_WAITS.items():
        monkeypatch.setattr(bring_up_module, name, value)
    server = FakeServer(fake.node) if way == "socket://" else None
    begun = time.monotonic()
    try:
        port = f"socket://127.0.0.1:{server.port}" if server else ""
        boot = one.bring_up(port, SESSION_TIMING)
    finally:
        one.close()
        if server:
            server.close()
    assert boot.elf_sha256.hex() == BUILT
    assert fake.flashed == []
    assert time.monotonic() - begun < 10.0


def test_a_split_utf8_sequence_neither_stops_the_log_nor_loses_it(bench: MakeBench) -> None:
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    one.bring_up()
    assert one.node is not None
    for piece in (b"I (5) t: 20 \xc2", b"\xb0C, \xe2\x82", b"\xac, \xff end\n"):
        fake.say(piece)
    assert one.node.wait_log(" end").text == "I (5) t: 20 °C, €, � end"
    assert one.node.hello().boot_nonce == fake.node.commands.nonce


def test_over_rfc2217_with_its_reset_line(bench: MakeBench) -> None:
    fake = FakeBoard(image="22" * 32)
    one = bench(fake)
    server = Rfc2217Server(one.url)
    bring_up_module.LOOK_S = 5.0
    try:
        boot = one.bring_up(server.url)
        assert boot.elf_sha256.hex() == BUILT
        assert len(fake.flashed) == 1 and fake.resets >= 2
    finally:
        one.close()
        server.close()


@pytest.mark.parametrize(
    ("starts", "chip", "error"),
    [
        (fake_board.wait_for_download, "esp32s3", DownloadMode),
        (fake_board.brown_out, "esp32s3", BrownOut),
        (fake_board.speak_noise, "esp32s3", WrongBaudRate),
        (fake_board.start_image, "esp32c3", WrongChip),
    ],
)
def test_over_rfc2217_the_same_is_seen_before_anything_is_built(
    starts: Callable[[FakeBoard], None], chip: str, error: type[BenchError]
) -> None:
    fake = FakeBoard(chip=chip)
    fake.starts = starts
    server = Rfc2217Server(plug_in(fake, f"served{next(_numbers)}"))
    try:
        with pytest.raises(error) as caught:
            Board(port=server.url, chip="esp32s3").examine()
        assert server.url in str(caught.value)
    finally:
        server.close()


def test_over_a_raw_socket_there_is_no_reset_line(bench: MakeBench) -> None:
    fake = FakeBoard(image=BUILT)
    one = bench(fake)
    server = FakeServer(fake.node)
    fake.node.power_on()
    url = f"socket://127.0.0.1:{server.port}"
    try:
        nonce = fake.node.commands.nonce
        assert one.bring_up(url).boot_nonce == nonce + 1  # restarted on request
        assert one.board is not None
        with pytest.raises(NoResetLine, match="is a raw socket: it has no reset line"):
            one.board.hard_reset()
        fake.image = "22" * 32
        one.close()
        with pytest.raises(NoResetLine, match="to flash the board"):
            one.bring_up(url)
    finally:
        one.close()
        server.close()


# ---- before anything is built --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "chip", "error"),
    [
        (fake_board.start_image, "esp32", WrongChip),
        (fake_board.start_image, "esp32c3", WrongChip),
        (fake_board.wait_for_download, "esp32s3", DownloadMode),
        (fake_board.brown_out, "esp32s3", BrownOut),
        (fake_board.speak_noise, "esp32s3", WrongBaudRate),
    ],
)
def test_seen_before_anything_is_built(
    starts: Callable[[FakeBoard], None], chip: str, error: type[BenchError]
) -> None:
    fake = FakeBoard(chip=chip)
    fake.starts = starts
    board = Board(port=plug_in(fake, "examined"), chip="esp32s3")
    with pytest.raises(error):
        board.examine()
    assert not board.connection.is_wanted


@pytest.mark.parametrize("starts", [fake_board.start_image, fake_board.stay_silent])
def test_a_board_with_nothing_against_it_is_not_refused(
    starts: Callable[[FakeBoard], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.device.board._ROM_SPEAKS_S", 0.3)
    fake = FakeBoard()
    fake.starts = starts
    Board(port=plug_in(fake, "examined"), chip="esp32s3").examine()
