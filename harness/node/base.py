"""Requests with typed replies: the base of everything that a node can be asked."""

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
    """Sends requests to a node and reads its replies.

    boot_report_type, status_type: the structs that the node sends. A firmware with fields of its
    own derives classes from the agent's.

    Args:
        connection: not yet open; the node sets its callbacks.
        keep_log, keep_packets: how many log lines and packets are kept; None: all.
        timing: how long to wait for the node.
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
        """How long to wait for this node."""
        return self._client.timing

    @property
    def counters(self) -> Counters:
        """Requests, resends and reissues so far."""
        return self._client.counters

    @property
    def limits(self) -> Limits:
        """How much the node takes at a time, by its reply to `hello`."""
        return self._client.limits

    def request(
        self,
        command: str,
        payload: bytes | WireStruct = b"",
        *,
        slow: bool = False,
        timeout: float | None = None,
    ) -> bytes:
        """Sends one request and returns the payload of its reply. `slow`: the node may take long.

        Raises NodeError when the node refuses, NodeSilent when it does not answer in `timeout`
        seconds, NodeCrashed when it restarts instead, BenchError when the connection is lost.
        """
        reply = self.exchange(command, payload, slow=slow, timeout=timeout)
        raise_for_status(command, reply)
        return reply.payload

    def exchange(
        self,
        command: str,
        payload: bytes | WireStruct = b"",
        *,
        slow: bool = False,
        request_id: int | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """As `request`, but returns the reply with any status, and takes an id for the request."""
        data = payload if isinstance(payload, bytes) else payload.build()
        return self._client.exchange(
            command, data, slow=slow, timeout=timeout, request_id=request_id
        )

    def pipeline(
        self,
        requests: Iterable[tuple[str, bytes]],
        on_reply: Callable[[int], None] = lambda _index: None,
    ) -> list[Reply]:
        """Sends many requests, several at a time. `Client.pipeline` says when not to use it."""
        return self._client.pipeline(requests, on_reply)

    def send_raw(self, data: bytes) -> None:
        """Sends bytes as they are, for tests of the agent itself."""
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
        """Sends one command many times, in no particular order. Raises the first refusal."""
        replies = self.pipeline((command, payload) for payload in payloads)
        for reply in replies:
            raise_for_status(command, reply)
        return [reply.payload for reply in replies]
