"""Calls C functions of the firmware that `HIL_EXPORT` declares."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError, NodeError, ProtocolFault
from harness.node.esp_err import EspErr
from harness.node.memory import ArenaApi
from harness.node.schema import take_name
from harness.node.structs import (
    CallPlace,
    CallReply,
    CallRequest,
    ExportArgument,
    ExportHead,
    ExportRequest,
)

Array = npt.NDArray[Any]

# As in hil_export.h: the size in bytes, and the kind of number.
_SIZE, _KIND = 0x0F, 0xF0
_KINDS = {0x00: "u", 0x10: "i", 0x20: "f"}


class ArgumentKind(IntEnum):
    """What the function does with an argument."""

    VALUE = 0
    IN = 1
    OUT = 2
    IN_OUT = 3


# The order in which arguments lie in the scratch memory.
_PLACES = (ArgumentKind.VALUE, ArgumentKind.IN, ArgumentKind.IN_OUT, ArgumentKind.OUT)


class CallMisuse(BenchError, TypeError):
    """A call does not match the declaration of the function. Nothing was sent.

    argument: empty where the error is about the whole call.
    """

    def __init__(self, function: str, argument: str, wrong: str, remedy: str = "") -> None:
        where = f"{function}({argument})" if argument else function
        super().__init__(f"{where}: {wrong}.", remedy)
        self.function, self.argument = function, argument


@dataclass(frozen=True)
class Argument:
    """One argument as C declares it. dtype: of an element. length: of an array, in elements."""

    name: str
    kind: ArgumentKind
    dtype: np.dtype[Any]
    length: int | str = ""

    @property
    def is_given(self) -> bool:
        """Whether the caller passes it."""
        return self.kind is not ArgumentKind.OUT

    @property
    def is_written(self) -> bool:
        """Whether the function writes it."""
        return self.kind in (ArgumentKind.OUT, ArgumentKind.IN_OUT)

    @property
    def is_array(self) -> bool:
        return self.kind is not ArgumentKind.VALUE

    def __str__(self) -> str:
        size = f"[{self.length}]" if self.is_array else ""
        way = {ArgumentKind.OUT: "out ", ArgumentKind.IN_OUT: "in/out "}.get(self.kind, "")
        return f"{way}{self.dtype}{size} {self.name}"


@dataclass(frozen=True)
class Export:
    """A function that a test can call. result: type of what it returns; None: nothing."""

    name: str
    index: int
    arguments: tuple[Argument, ...]
    result: np.dtype[Any] | None

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.arguments))
        return f"{self.name}({listed}) -> {self.result or 'nothing'}"


class CallResult:
    """What a call gave. value: what the function returned, None where that is nothing.

    Arrays that it wrote are attributes by their names, and in `outputs`. cycles: in the node's
    cycle unit, 0 where it counts none. stack_bytes: how deep the call went; None where the machine
    cannot tell.
    """

    def __init__(
        self,
        value: Any,
        outputs: Mapping[str, Array],
        cycles: int,
        stack_bytes: int | None,
    ) -> None:
        self.value = value
        self.outputs = MappingProxyType(dict(outputs))
        self.cycles = cycles
        self.stack_bytes = stack_bytes

    def __getattr__(self, name: str) -> Array:
        outputs: Mapping[str, Array] = self.__dict__.get("outputs", {})
        if name not in outputs:
            raise AttributeError(f"no output {name!r}; there is {', '.join(outputs) or 'none'}")
        return outputs[name]

    def __repr__(self) -> str:
        return f"CallResult(value={self.value!r}, outputs={list(self.outputs)})"


class ExportsApi(ArenaApi):
    """Calls exported functions; arguments and results go through the scratch memory."""

    _exports: tuple[int, Mapping[str, Export]] | None = None  # of which boot, by name

    def exports(self) -> Mapping[str, Export]:
        """The functions that the image exports, by name. The node is asked once after each boot."""
        nonce = self.boot.boot_nonce
        if self._exports is None or self._exports[0] != nonce:
            self._exports = nonce, {one.name: one for one in self._read_exports()}
        return self._exports[1]

    def _read_exports(self) -> list[Export]:
        try:
            first = self.request("export", ExportRequest(0))
        except NodeError as refusal:
            if refusal.code == EspErr.ESP_ERR_NOT_FOUND:  # there is none
                return []
            raise
        head, _ = ExportHead.parse_prefix(first)
        rest = (ExportRequest(index).build() for index in range(1, head.total))
        return [_export(reply) for reply in (first, *self._ask_all("export", rest))]

    def call(self, function: str, /, **arguments: npt.ArrayLike) -> CallResult:
        """Calls a function with its arguments by name.

        Arrays have exactly the declared element type, so that the golden model computes with the
        same numbers; Python numbers and lists are converted, if they fit. An integer that is the
        length of an array may be left out. The outputs have the shapes of their lengths; those
        that are written in place keep the shape that they were given in.

        Every argument has a CRC: the function runs only when the node holds what was sent, and each
        array that it wrote is checked after it was read.

        Raises CallMisuse, before anything is sent, for what does not fit the declaration;
        NodeError (an error that the function returned among them), NodeCrashed, NodeSilent and
        ProtocolFault for what the node does with it.
        """
        export = self._find(function)
        given = _Given(export, arguments)
        places, sent = self._lay_out(given)
        self.arena_put(0, sent)
        payload = CallRequest(export.index, len(places)).build()
        payload += b"".join(places[argument.name].build() for argument in export.arguments)
        reply, crcs = CallReply.parse_prefix(self.request("call", payload, slow=True))
        value = None
        if export.result is not None:
            value = np.frombuffer(reply.result, export.result, count=1)[0]
        return CallResult(
            value,
            self._fetch(given, places, crcs),
            reply.cycles,
            reply.stack_bytes if reply.stack_known else None,
        )

    def _find(self, function: str) -> Export:
        known = self.exports()
        if function not in known:
            listed = ", ".join(known) or "none"
            raise CallMisuse(
                function,
                "",
                f"this image exports no such function; it exports {listed}",
                "Declare it with HIL_EXPORT beside it.",
            )
        return known[function]

    def _lay_out(self, given: _Given) -> tuple[dict[str, CallPlace], bytes]:
        """Where each argument lies in the scratch memory, and the bytes that are put into it.

        What is sent is one piece of the memory, and so is what is read after the call.
        """
        plan, places, sent = self.arena_plan(), dict[str, CallPlace](), b""
        for argument in sorted(given.export.arguments, key=lambda one: _PLACES.index(one.kind)):
            data = given.bytes_of(argument)
            try:
                offset = plan.take(len(data))
            except ValueError as error:
                raise CallMisuse(given.export.name, argument.name, str(error)) from None
            places[argument.name] = CallPlace(offset, len(data), zlib.crc32(data))
            if argument.is_given:
                sent = sent.ljust(offset, b"\0") + data
        return places, sent

    def _fetch(
        self, given: _Given, places: Mapping[str, CallPlace], crcs: bytes
    ) -> dict[str, Array]:
        """The arrays that the function wrote. Raises ProtocolFault where one is not as it was when
        the function returned."""
        written = [argument for argument in given.export.arguments if argument.is_written]
        if len(crcs) != 4 * len(written):
            raise ProtocolFault(f"call: {len(crcs)} bytes of CRCs for {len(written)} arrays")
        taken = [places[argument.name] for argument in written]
        first = min((place.offset for place in taken), default=0)
        end = max((place.offset + place.len for place in taken), default=0)
        read = self.arena_get(first, end - first)
        outputs = {}
        for argument, place, crc in zip(written, taken, np.frombuffer(crcs, "<u4"), strict=True):
            data = read[place.offset - first :][: place.len]
            if zlib.crc32(data) != crc:
                name = f"{given.export.name}({argument.name})"
                raise ProtocolFault(f"{name}: the array that was read is not the one in the node")
            shape = given.shape_of(argument)
            outputs[argument.name] = np.frombuffer(data, argument.dtype).reshape(shape).copy()
        return outputs


class _Given:
    """The arguments of one call, checked against the declaration."""

    def __init__(self, export: Export, arguments: Mapping[str, npt.ArrayLike]) -> None:
        self.export = export
        self._arguments = {argument.name: argument for argument in export.arguments}
        self._check_names(arguments)
        self._values = {
            name: _converted(export.name, self._arguments[name], value)
            for name, value in arguments.items()
        }
        self._infer_lengths()
        self._check_lengths()

    def bytes_of(self, argument: Argument) -> bytes:
        """What is put into the node's memory; zeros for what the function writes only."""
        if argument.is_given:
            return self._values[argument.name].tobytes()
        return bytes(self._length(argument) * argument.dtype.itemsize)

    def shape_of(self, argument: Argument) -> tuple[int, ...]:
        """Of an output."""
        if argument.is_given:
            return self._values[argument.name].shape
        return (self._length(argument),)

    def _check_names(self, arguments: Mapping[str, npt.ArrayLike]) -> None:
        for name in arguments:
            declared = self._arguments.get(name)
            if declared is None or not declared.is_given:
                wrong = "is written by the function" if declared else "is no argument"
                raise CallMisuse(self.export.name, name, f"{wrong}; it is {self.export}")

    def _infer_lengths(self) -> None:
        """An integer that says how long a given array is need not be given."""
        for argument in self._arguments.values():
            if argument.is_array and argument.is_given and argument.name in self._values:
                self._infer(argument)
        for argument in self._arguments.values():
            if argument.is_given and argument.name not in self._values:
                raise CallMisuse(
                    self.export.name, argument.name, f"is missing; it is {self.export}"
                )

    def _infer(self, argument: Argument) -> None:
        length = argument.length
        if isinstance(length, str) and length not in self._values and length in self._arguments:
            size = self._values[argument.name].size
            self._values[length] = _converted(self.export.name, self._arguments[length], size)

    def _check_lengths(self) -> None:
        for argument in self._arguments.values():
            if not (argument.is_array and argument.is_given):
                continue
            size, wanted = self._values[argument.name].size, self._length(argument)
            if size != wanted:
                said = "" if isinstance(argument.length, int) else f", which {argument.length} says"
                wrong = f"has {size} elements and needs {wanted}{said}"
                raise CallMisuse(self.export.name, argument.name, wrong)

    def _length(self, argument: Argument) -> int:
        if isinstance(argument.length, int):
            return argument.length
        value = self._values.get(argument.length)
        if value is None or value.dtype.kind not in "iu":
            raise CallMisuse(
                self.export.name,
                argument.name,
                f"its length {argument.length} is neither a number nor an integer argument",
                "Correct its HIL_EXPORT.",
            )
        length = int(value)
        if length < 0:
            raise CallMisuse(self.export.name, argument.length, f"{length} is no length")
        return length


def _converted(function: str, argument: Argument, value: npt.ArrayLike) -> Array:
    """The value as the declared type. A numpy value must have that type already."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype != argument.dtype:
            raise CallMisuse(
                function,
                argument.name,
                f"is {array.dtype}, and the function takes {argument.dtype}",
                f"Pass {argument.name}.astype(np.{argument.dtype}), and give the golden model the"
                " same.",
            )
    else:
        array = _from_python(function, argument, value)
    if not argument.is_array and array.ndim:
        raise CallMisuse(function, argument.name, f"is a scalar, not an array {array.shape}")
    return np.ascontiguousarray(array) if array.ndim else array


def _from_python(function: str, argument: Argument, value: npt.ArrayLike) -> Array:
    try:
        plain = np.asarray(value)
        with np.errstate(over="ignore"):  # what does not fit is told below
            array = plain.astype(argument.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        wrong = f"{value!r} is not {argument.dtype}: {error}"
        raise CallMisuse(function, argument.name, wrong) from None
    if argument.dtype.kind in "iu":
        fits = np.array_equal(array.astype(object), plain.astype(object))
    else:
        fits = np.array_equal(np.isfinite(array), np.isfinite(plain))
    if not fits:
        raise CallMisuse(function, argument.name, f"{value!r} does not fit {argument.dtype}")
    return array


def _export(reply: bytes) -> Export:
    head, rest = ExportHead.parse_prefix(reply)
    name, rest = take_name("export", rest, head.name_len)
    arguments = []
    for _ in range(head.n_arguments):
        told, rest = ExportArgument.parse_prefix(rest)
        argument, rest = take_name("export", rest, told.name_len)
        length, rest = take_name("export", rest, told.length_len)
        tied: int | str = int(length) if length.isdecimal() else length
        arguments.append(Argument(argument, ArgumentKind(told.kind), _dtype(told.type), tied))
    if rest:
        raise ProtocolFault(f"export of {name}: {len(rest)} bytes too many")
    result = _dtype(head.result) if head.result else None
    return Export(name, head.index, tuple(arguments), result)


def _dtype(code: int) -> np.dtype[Any]:
    try:
        return np.dtype(f"<{_KINDS[code & _KIND]}{code & _SIZE}")
    except (KeyError, TypeError):
        raise ProtocolFault(f"export: no type has the code 0x{code:02x}") from None
