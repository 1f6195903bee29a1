"""A text file, plain, gzip or zstandard, as blocks of whole lines; bad bytes named by line.

Nothing here knows columns. A block never ends within a line, so each can be parsed by itself, and
memory is bounded by one block and one line.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from backtest.data.catalogue import DataError

BLOCK = 8 * 1024 * 1024
LINE_MAX = 64 * 1024
"""Bytes of one line: no row of market data is as long."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD = 512
_OTHERS = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx): unpack it, or save it as CSV"),
    (b"BZh", "packed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "packed by xz: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"ARROW1", "an Arrow or Feather file: save it as Parquet"),
    (b"\x89HDF", "an HDF5 file: save it as Parquet"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (xls): save it as CSV"),
    (b"SQLite format 3", "a database: save the table as CSV or Parquet"),
    (b"%PDF", "a PDF document"),
)
"""How files that are no table begin, and what they are."""
_TAR_AT, _TAR = 257, b"ustar"
_PAGES, _JSON = (b"<!doctype", b"<html", b"<?xml"), (b"{", b"[{", b"[[")
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PIECE = 16 * 1024
"""Packed bytes that are read at once: what comes before a fault in them is still seen."""

_GZIP_WINDOW = 31
"""Of zlib: the largest, with gzip's own header and checksum."""

Read = Callable[[], bytes]
"""The next piece of a file's content; empty at its end."""


def file_hash(path: Path) -> tuple[str, int]:
    """SHA-256 of a file's bytes as they are, and how many."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return digest.hexdigest(), file.tell()
    except OSError as problem:
        raise DataError(f"{path}: cannot be read: {problem.strerror or problem}") from None


def blocks_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The number of its first line (from 1), and the block: whole lines, each ended by a newline
    but perhaps the file's last. Encoded in UTF-8, without its mark.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(0)
            _refuse_others(path, head)
            yield from _lines(path, _opened(file, head))
    except OSError as problem:
        raise DataError(f"{path}: cannot be read: {problem.strerror or problem}") from None


def _refuse_others(path: Path, head: bytes) -> None:
    """Files of another kind by how they begin; `head` is packed still, or unpacked."""
    other = next((what for start, what in _OTHERS if head.startswith(start)), "")
    text = head.removeprefix(_UTF8_MARK).lstrip().lower()
    if not other and head[_TAR_AT:].startswith(_TAR):
        other = "a tar archive: unpack it first"
    if not other and text.startswith(_PAGES):
        other = "a web page or XML, no table: was the download refused?"
    if not other and text.startswith(_JSON):
        other = "JSON: save it as CSV or Parquet"
    if other:
        raise DataError(f"{path}: {other}; nothing was imported")


def _opened(file: BinaryIO, head: bytes) -> Read:
    if head.startswith(_GZIP):
        pieces = _gathered(_gunzipped(file))
        return lambda: next(pieces, b"")
    if head.startswith(_ZSTD):
        pieces = _gathered(_unpacked(file))
        return lambda: next(pieces, b"")
    return lambda: file.read(BLOCK)


class _Damaged(Exception):
    """Packed data that cannot be read on: why, and how many line ends came since the last block."""

    def __init__(self, text: str, lines: int) -> None:
        super().__init__(text)
        self.text = text
        self.lines = lines


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in blocks. Rows of the block with the fault are not shown: they may be nonsense."""
    found: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            found.append(piece)
            size += len(piece)
            if size >= BLOCK:
                yield b"".join(found)
                found, size = [], 0
    except EOFError:
        raise _Damaged("is cut in or after this line", _lines_in(found)) from None
    except (zlib.error, zstandard.ZstdError) as problem:
        text = f"is damaged, in this line or before it ({problem})"
        raise _Damaged(text, _lines_in(found)) from None
    if size:
        yield b"".join(found)


def _lines_in(pieces: list[bytes]) -> int:
    return sum(piece.count(b"\n") for piece in pieces)


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    """The content of gzip members; zeros behind the last one are passed over, as gzip does."""
    member, rest, begun = zlib.decompressobj(_GZIP_WINDOW), b"", False
    while piece := rest or file.read(_PIECE):
        if not begun and not (piece := piece.lstrip(b"\0")):
            rest = b""
            continue
        begun, before = True, member.copy()
        try:
            data = member.decompress(piece)
        except zlib.error:
            yield from _until_fault(before, piece)
            raise
        if data:
            yield data
        rest = member.unused_data if member.eof else b""
        if member.eof:
            member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    if begun:
        raise EOFError


def _until_fault(member: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    """What can still be read of a piece that ends in a fault."""
    for at in range(len(piece)):
        try:
            yield member.decompress(piece[at : at + 1])
        except zlib.error:
            return


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """The content of zstandard frames; the library's own reader passes a cut one over."""
    frame, rest = zstandard.ZstdDecompressor().decompressobj(), b""
    begun = False
    while piece := rest or file.read(_PIECE):
        begun = True
        if data := frame.decompress(piece):
            yield data
        rest = frame.unused_data if frame.eof else b""
        if frame.eof:
            frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
    if begun:
        raise EOFError


def _lines(path: Path, read: Read) -> Iterator[tuple[int, bytes]]:
    number, rest, first = 1, b"", True
    while True:
        try:
            data = read()
        except _Damaged as problem:
            line = number + rest.count(b"\n") + problem.lines
            raise DataError(
                f"{path}:{line}: the packed data {problem.text}: fetch the file again; nothing "
                "was imported"
            ) from None
        if first and data:
            data, first = _without_mark(path, data), False
        end = data.rfind(b"\n") + 1 if data else 0
        block, rest = (rest + data[:end], data[end:]) if end else (b"", rest + data)
        if not data:
            block, rest = rest, b""
        _check(path, number, block or rest)
        if len(rest) > LINE_MAX:
            last = number + block.count(b"\n")
            raise DataError(
                f"{path}:{last}: a line of more than {LINE_MAX} bytes: this is no table of market "
                "data; nothing was imported"
            )
        if block:
            yield number, block
            number += block.count(b"\n")
        if not data:
            return


def _without_mark(path: Path, data: bytes) -> bytes:
    if data.startswith((_GZIP, _ZSTD)):
        raise DataError(f"{path}: is packed twice: unpack it once; nothing was imported")
    _refuse_others(path, data[:_HEAD])
    halves = data[:64:2], data[1:64:2]
    if data.startswith(_UTF16_MARKS) or any(half.count(0) > 24 for half in halves):
        raise DataError(
            f"{path}: is in UTF-16: save it as UTF-8 and import that; nothing was imported"
        )
    if b"\r" in data[:LINE_MAX] and b"\n" not in data[:LINE_MAX]:
        raise DataError(
            f"{path}:1: its lines end by CR alone: save it with the line ends of Unix or Windows; "
            "nothing was imported"
        )
    return data.removeprefix(_UTF8_MARK)


def _check(path: Path, number: int, block: bytes) -> None:
    """Text only: a file of another kind must not look like rows."""
    at = block.find(b"\0")
    if at < 0 and not block.isascii():
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as problem:
            at = problem.start
            if problem.end == len(block) and problem.reason == "unexpected end of data":
                return  # the rest of the character comes with the rest of the line
    if at >= 0:
        line = number + block.count(b"\n", 0, at)
        raise DataError(
            f"{path}:{line}: byte 0x{block[at]:02x} is no UTF-8 text: this is no table, or it is "
            "in another encoding: save it as UTF-8; nothing was imported"
        )
