"""pyserial's side of a scripted board: a port in memory with control lines."""

from __future__ import annotations

from typing import Any

from serial import SerialBase, SerialException  # type: ignore[import-untyped, unused-ignore]

from tests.harness.fake_board import BOARDS, FakeBoard


class Serial(SerialBase):  # type: ignore[misc]
    """What pyserial makes of fakeboard://NAME."""

    board: FakeBoard

    def open(self) -> None:
        name = self.portstr.removeprefix("fakeboard://")
        if name not in BOARDS or BOARDS[name].unplugged:
            raise SerialException(2, f"could not open port {self.portstr}: no such port")
        self.board = BOARDS[name]
        self.board.opened(self)
        self.is_open = True
        self._update_dtr_state()
        self._update_rts_state()

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.board.closed()

    def _reconfigure_port(self) -> None:
        pass

    def from_url(self, url: str) -> str:
        return url

    @property
    def in_waiting(self) -> int:
        return self.board.waiting()

    def read(self, size: int = 1) -> bytes:
        data = self.board.read(size, self._timeout)
        if data is None:
            raise SerialException(5, "device disconnected")
        return data

    def write(self, data: Any) -> int:
        if self.board.unplugged:
            raise SerialException(5, "device disconnected")
        self.board.write(bytes(data))
        return len(data)

    def cancel_read(self) -> None:
        self.board.cancel_read()

    def reset_input_buffer(self) -> None:
        self.board.read(1 << 20, 0)

    def reset_output_buffer(self) -> None:
        pass

    def flush(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        if self.is_open:
            self.board.lines(dtr=self._dtr_state, rts=self._rts_state)

    def _update_rts_state(self) -> None:
        if self.is_open:
            self.board.lines(dtr=self._dtr_state, rts=self._rts_state)

    def _update_break_state(self) -> None:
        pass

    @property
    def cts(self) -> bool:
        return False

    @property
    def dsr(self) -> bool:
        return False

    @property
    def ri(self) -> bool:
        return False

    @property
    def cd(self) -> bool:
        return False
