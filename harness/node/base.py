"""What the subjects of the node API share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from harness.connection.base import Connection
from harness.node.boots import Boots
from harness.node.client import Client, Counters, Limits, Timing, raise_for_status
from harness.node.framing import Reply
from harness.node.inbox import Inbox
from harness.node.schema import WireStruct
from harness.node.structs import BootReport, Status

StructT = TypeVar("StructT", bound=WireStruct)


class NodeApi:
    """Base of the subjects: requests with typed replies.

    boot_report_type, status_type: what the node sends; of a firmware with a part of its own, a
    class below the agent's.

    Args:
        connection: not yet open; its callbacks become the node's.
        keep_log, keep_packets: how many log lines and packets are kept; None: all.
        timing: how long to wait for what.
    """

    boot_report_type: ClassVar[type[BootReport]] = BootReport
    status_type: ClassVar[type[Status]] = Status

    def __init__(
        self,
        connection: Connection,
        *,
        keep_log: int | None = None,
        keep_packets: int | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.connection = connection
        self._restores = 0
        self._restored_boot: int | None = None  # its nonce at the last one
        self._inbox = Inbox(keep_log, keep_packets, self.boot_report_type)
        self._client = Client(connection, self._inbox, timing or Timing())
        self._boots = Boots(self._client)

    @property
    def timing(self) -> Timing:
        """How long this node is waited for."""
        return self._client.timing

    @property
    def counters(self) -> Counters:
        """Requests, resends and reissues so far."""
        return self._client.counters

    @property
    def limits(self) -> Limits:
        """How much the node takes at a time, as it said in `hello`."""
        return self._client.limits

    def request(
        self,
        command: str,
        payload: bytes | WireStruct = b"",
        *,
        slow: bool = False,
        timeout: float | None = None,
    ) -> bytes:
        """One request, its reply's payload. `slow`: the node may compute for long.

        Raises NodeError when the node refuses, NodeSilent when it does not answer in `timeout`
        seconds, NodeCrashed when it restarts instead, BenchError when the connection is lost.
        """
        return self._client.request(command, _bytes(payload), slow=slow, timeout=timeout)

    def exchange(
        self,
        command: str,
        payload: bytes | WireStruct = b"",
        *,
        request_id: int | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """As `request`, but returns the reply whatever its status; a given id is used as it is."""
        return self._client.exchange(
            command, _bytes(payload), timeout=timeout, request_id=request_id
        )

    def pipeline(
        self,
        requests: Iterable[tuple[str, bytes]],
        on_reply: Callable[[int], None] = lambda _index: None,
    ) -> list[Reply]:
        """Many requests, several under way at a time; see `Client.pipeline` for when not to."""
        return self._client.pipeline(requests, on_reply)

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are, for tests of the agent itself."""
        self.connection.write(data)

    def _ask(
        self,
        kind: type[StructT],
        command: str,
        payload: bytes | WireStruct = b"",
        *,
        slow: bool = False,
        timeout: float | None = None,
    ) -> StructT:
        return kind.parse(self.request(command, payload, slow=slow, timeout=timeout))

    def _ask_all(self, command: str, payloads: Iterable[bytes]) -> list[bytes]:
        """The same command many times, in no particular order; raises the first refusal."""
        replies = self.pipeline((command, payload) for payload in payloads)
        for reply in replies:
            raise_for_status(command, reply)
        return [reply.payload for reply in replies]


def _bytes(payload: bytes | WireStruct) -> bytes:
    return payload if isinstance(payload, bytes) else payload.build()
