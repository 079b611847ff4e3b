"""Why a weight blob is refused, in the order in which the checks are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernels_ref.errors import TemporalError


@dataclass(eq=False)
class BlobError(TemporalError):
    """Base of the blob errors: `field` is `value`, which is not what is expected."""

    remedy: ClassVar[str] = "export the blob again"
    field: str
    value: object
    expectation: str

    def __str__(self) -> str:
        return f"{self.field} is {self.value}, expected {self.expectation}; {self.remedy}"


class Truncated(BlobError):
    """Fewer bytes than a header and a CRC."""

    remedy = "the file was cut off, copy it again"


class BadMagic(BlobError):
    """Not a weight blob at all."""

    remedy = "this is no .rvne file"


class UnsupportedVersion(BlobError):
    """A version this loader does not read."""

    remedy = "export the blob for this version, or use the tool that made it"


class SizeMismatch(BlobError):
    """Not as long as the header says."""

    remedy = "the file was cut off or has something behind it, copy it again"


class CrcMismatch(BlobError):
    """Bytes that changed since the blob was made."""

    remedy = "the file is damaged, copy it again"


class UnsupportedFlags(BlobError):
    """A flag this loader does not know."""

    remedy = "the blob needs a newer loader"


class InvalidShape(BlobError):
    """Dimensions that no model has, or weights that are not what they imply."""
