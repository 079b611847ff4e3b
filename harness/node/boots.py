"""Restarts of the node. Each is proven by a boot report with a new nonce."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import BootNotSeen, NodeCrashed, NodeSilent
from harness.node.client import Client, raise_for_status
from harness.node.inbox import Boot, Inbox
from harness.node.last_words import endings
from harness.node.structs import BootReport, Hello, ResetReason
from harness.node.transfer import SLICE_S, line_was_damaged

_HELLO_S = 5.0
_LOOP = 2  # so many restarts are a boot loop
_ENDINGS_SAID = 4
_WATCHDOGS = frozenset(reason for reason in ResetReason if reason.is_watchdog)
_CRASHES = _WATCHDOGS | {ResetReason.PANIC, ResetReason.CPU_LOCKUP}
_AS_ASKED = {
    "reset": frozenset({ResetReason.SW}),
    "panic": frozenset({ResetReason.PANIC}),
    "hang": _WATCHDOGS,
}


@dataclass
class _Asked:
    """The request that is to restart the node."""

    command: str
    payload: bytes
    id: int
    answered: bool = False


class Boots:
    """Asks for restarts and waits for boot reports."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.inbox

    def wait(
        self,
        timeout: float | None = None,
        after: str = "the start",
        ask_after: float | None = None,
        give_up: Callable[[], str] = lambda: "",
    ) -> BootReport:
        """Waits for a boot report that nobody has taken yet, and for the node's reply to `hello`.

        A node that runs already sends no report; it is asked for one after `ask_after` seconds,
        `Timing.resend_s` by default. give_up: called from time to time; returns why waiting is of
        no use, else "". What it raises ends the wait. Raises BootNotSeen.
        """
        with self._client.expecting_boot():
            return self._wait(None, timeout, after, ask_after, give_up).report

    def reboot(
        self, command: str, payload: bytes, after: str, timeout: float | None = None
    ) -> BootReport:
        """Sends a request that restarts the node and waits for the restart.

        Raises NodeError when the node refuses, BootNotSeen when no new nonce comes, NodeCrashed
        when it crashed instead, and what the connection knows of the bench (BenchError): the supply
        voltage dropped, somebody pressed the reset button.
        """
        self._client.check(f"asking for {command}")
        with self._client.expecting_boot():
            if self._inbox.boot is None:
                self._wait(None, timeout, "the start")
            asked = _Asked(command, payload, self._client.post(command, payload))
            try:
                boot = self._wait(asked, timeout, after)
            finally:
                self._inbox.forget(asked.id)
        self._check_reason(command, boot, after)
        return boot.report

    def _check_reason(self, command: str, boot: Boot, after: str) -> None:
        """Raises the error for a restart whose reason is not the one that was asked for."""
        reason, doing = boot.report.reset_reason, f"waiting for the boot after {after}"
        if reason in _AS_ASKED.get(command, ()):
            return
        name = boot.report.reset_reason_name
        if better := self._client.connection.explain_restart(name, doing):
            raise better
        if command == "reset" and reason in _CRASHES:
            raise NodeCrashed(name, doing, boot.log)

    def _wait(
        self,
        asked: _Asked | None,
        timeout: float | None,
        after: str,
        ask_after: float | None = None,
        give_up: Callable[[], str] = lambda: "",
    ) -> Boot:
        timing = self._client.timing
        start = time.monotonic()
        deadline = start + (timeout or timing.boot_s)
        probe_at = start + (timing.resend_s if ask_after is None else ask_after)
        seen = "nothing came that belongs to a boot"
        while (now := time.monotonic()) < deadline:
            boot = self._take_boot(min(deadline, probe_at) - now)
            self._client.check(f"waiting for the boot report after {after}")
            if asked is not None and self._newly_answered(asked):
                seen = "the request was answered"
                probe_at = max(probe_at, start + timing.probe_s)
            if boot is not None:
                if self._say_hello(deadline, boot.report.boot_nonce) is not None:
                    return boot
                reason = boot.report.reset_reason_name
                seen = f"a boot report came (reason: {reason}), then the node answered no request"
            elif time.monotonic() >= probe_at:
                hello = self._say_hello(deadline)
                if hello is not None:
                    seen = self._react(hello, asked)
                probe_at = time.monotonic() + timing.probe_s
            elif of_no_use := give_up():
                seen = of_no_use
                break
        waited_s = time.monotonic() - start
        better = self._client.connection.explain_silence(f"waiting for the boot after {after}")
        seen += _restarts(self._inbox)
        raise better or BootNotSeen(after, waited_s, seen, self._inbox.log_tail())

    def _take_boot(self, wait_s: float) -> Boot | None:
        with self._inbox.changed:
            if self._inbox.new_boot is None and self._client.connection.is_open:
                self._inbox.changed.wait(max(0.0, min(wait_s, SLICE_S)))
            boot, self._inbox.new_boot = self._inbox.new_boot, None
            return boot

    def _newly_answered(self, asked: _Asked) -> bool:
        with self._inbox.changed:
            reply = self._inbox.replies.pop(asked.id, None)
        if reply is None:
            return False
        if line_was_damaged(reply):
            self._client.post(asked.command, asked.payload, asked.id)
            return False
        raise_for_status(asked.command, reply)
        asked.answered = True
        return True

    def _say_hello(self, deadline: float, nonce: int | None = None) -> Hello | None:
        """The reply to `hello`; None when there is none, or its nonce is not `nonce`."""
        left = max(0.1, deadline - time.monotonic())
        try:
            hello = self._client.hello(timeout=min(left, _HELLO_S))
        except NodeSilent:
            return None
        return hello if nonce in (None, hello.boot_nonce) else None

    def _react(self, hello: Hello, asked: _Asked | None) -> str:
        """The node runs and no boot report came: was it lost, or is it still the same run?"""
        boot = self._inbox.boot
        if boot is None or hello.boot_nonce != boot.boot_nonce:
            try:
                payload = self._client.request("boot_report", timeout=_HELLO_S)
            except NodeSilent:
                return "the node has a new nonce, but did not report on its boot"
            self._inbox.booted(payload)
            return "the node has a new nonce"
        if asked is not None and not asked.answered:
            # It has proved that it has not restarted; a repeat cannot restart it twice.
            self._client.post(asked.command, asked.payload, asked.id)
        return "the node still answers with the nonce it had"


def _restarts(inbox: Inbox) -> str:
    """What each of several starts ended with, as a part of a sentence."""
    ends = endings(inbox.log_since_boot())
    if len(ends) < _LOOP:
        return ""
    counted = [f"{say} ({count} times)" for say, count in Counter(ends).items()]
    return f"; it restarted {len(ends)} times: {'; '.join(counted[:_ENDINGS_SAID])}"
