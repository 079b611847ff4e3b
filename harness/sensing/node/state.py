"""The node's own part of status, boot report and `restore`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.node.session import SessionApi
from harness.node.structs import ClockMode, PanicKind
from harness.sensing.structs.state import SensingBootReport, SensingRestoreRequest, SensingStatus


class StateApi(SessionApi):
    """The session's calls with the structs of this node.

    target_port: the UDP port at its target host to which the node sends after each `restore`; 0:
    the one in its settings.
    """

    boot_report_type = SensingBootReport
    status_type = SensingStatus
    target_port: int = 0

    def restore_request(self, clock: ClockMode) -> SensingRestoreRequest:
        return SensingRestoreRequest(clock, self.target_port)

    if TYPE_CHECKING:  # the same calls, whose results have the two types above

        @property
        def boot(self) -> SensingBootReport: ...
        def status(self) -> SensingStatus: ...
        def boot_report(self) -> SensingBootReport: ...
        def wait_boot(
            self,
            timeout: float | None = None,
            after: str = "the start",
            *,
            ask_after: float | None = None,
            give_up: Callable[[], str] = lambda: "",
        ) -> SensingBootReport: ...
        def reset(self, timeout: float | None = None) -> SensingBootReport: ...
        def panic(
            self, kind: PanicKind = PanicKind.ABORT, timeout: float | None = None
        ) -> SensingBootReport: ...
        def hang(
            self, irq_off: bool = False, timeout: float | None = None
        ) -> SensingBootReport: ...
