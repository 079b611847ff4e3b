"""Lines of the node agent: encoding, decoding, CRC.

    request  "#> " id  " " command " " payload " " crc "\\n"
    reply    "#< " id  " " status  " " payload " " crc "\\n"
    event    "#! " seq " " name    " " payload " " crc "\\n"

Numbers are 8 lower-case hex digits, the payload is base85 (RFC 1924's alphabet) or `-` when empty,
and the CRC is IEEE CRC-32 over every byte of the line before it.
"""

from __future__ import annotations

import functools
import re
import zlib
from dataclasses import dataclass

from harness.node import base85

REQUEST, REPLY, EVENT = b"#> ", b"#< ", b"#! "

_WORD = rb"([0-9a-f]{8})"
_NAME = rb"([a-z_]{1,23})"
_PAYLOAD = rb"([0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~]+)"
_REPLY = re.compile(rb"#< " + _WORD + rb" " + _WORD + rb" " + _PAYLOAD + rb" " + _WORD)
_EVENT = re.compile(rb"#! " + _WORD + rb" " + _NAME + rb" " + _PAYLOAD + rb" " + _WORD)
_REQUEST = re.compile(rb"#> " + _WORD + rb" " + _NAME + rb" " + _PAYLOAD + rb" " + _WORD)
_NODE_MARKER = re.compile(rb"#[<!] ")


@dataclass(frozen=True)
class Request:
    """Host to node."""

    id: int
    command: str
    payload: bytes


@dataclass(frozen=True)
class Reply:
    """Node to host. `status` is the esp_err_t as a 32-bit word."""

    id: int
    status: int
    payload: bytes


@dataclass(frozen=True)
class Event:
    """Node to host, unasked. `seq` counts the events since boot, from 1."""

    seq: int
    name: str
    payload: bytes


def encode_request(request: Request) -> bytes:
    """The request's line, newline included. Raises ValueError for a command name out of form."""
    return request_line(request.id, request.command, base85.encode(request.payload))


def request_line(request_id: int, command: str, digits: bytes) -> bytes:
    """As `encode_request`, with a payload that is base85 already."""
    return _line(REQUEST, request_id, _name(command), digits)


def encode_reply(reply: Reply) -> bytes:
    """The reply's line, newline included."""
    return _line(REPLY, reply.id, b"%08x" % reply.status, base85.encode(reply.payload))


def encode_event(event: Event) -> bytes:
    """The event's line, newline included."""
    return _line(EVENT, event.seq, event.name.encode(), base85.encode(event.payload))


def line_length(command: str, digits: int) -> int:
    """Bytes of a request's line with so many digits of payload, newline included."""
    return 3 + 8 + 1 + len(command) + 1 + max(digits, 1) + 1 + 8 + 1


def decode_request(line: bytes) -> Request | None:
    """A whole line without its newline; None when it is not a request with the right CRC."""
    match = _REQUEST.fullmatch(line)
    if not match or not _crc_ok(line):
        return None
    payload = _decode_payload(match[3])
    return None if payload is None else Request(int(match[1], 16), match[2].decode(), payload)


def find_message(line: bytes) -> tuple[bytes, Reply | Event | None]:
    """Looks for a reply or event that ends the line (given without newline).

    Returns the text before it and the message; the whole line and None when there is none whose
    CRC is right.
    """
    line = line.removesuffix(b"\r")
    for marker in _NODE_MARKER.finditer(line):
        message = _decode_message(line[marker.start() :])
        if message is not None:
            return line[: marker.start()], message
    return line, None


def damaged_message(line: bytes) -> tuple[bytes, int] | None:
    """The bytes that the CRC of a reply or event covers and the CRC it states, when they differ."""
    line = line.removesuffix(b"\r")
    for marker in _NODE_MARKER.finditer(line):
        rest = line[marker.start() :]
        if (_REPLY.fullmatch(rest) or _EVENT.fullmatch(rest)) and not _crc_ok(rest):
            return rest[:-8], int(rest[-8:], 16)
    return None


def _decode_message(line: bytes) -> Reply | Event | None:
    match = _REPLY.fullmatch(line) or _EVENT.fullmatch(line)
    if not match or not _crc_ok(line):
        return None
    payload = _decode_payload(match[3])
    if payload is None:
        return None
    if line.startswith(REPLY):
        return Reply(int(match[1], 16), int(match[2], 16), payload)
    return Event(int(match[1], 16), match[2].decode(), payload)


@functools.lru_cache
def _name(command: str) -> bytes:
    name = command.encode()
    if not re.fullmatch(_NAME, name):
        raise ValueError(f"command {command!r} is not 1 to 23 letters a-z and _")
    return name


def _line(marker: bytes, number: int, word: bytes, digits: bytes) -> bytes:
    body = b"".join((marker, b"%08x " % number, word, b" ", digits or b"-", b" "))
    return body + b"%08x\n" % zlib.crc32(body)


def _crc_ok(line: bytes) -> bool:
    return zlib.crc32(line[:-8]) == int(line[-8:], 16)


def _decode_payload(digits: bytes) -> bytes | None:
    return b"" if digits == b"-" else base85.decode(digits)
