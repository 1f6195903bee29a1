"""A text file, plain, gzip or zstandard, as blocks of whole lines; bad bytes named by line.

Nothing here knows columns. A block never ends within a line, so each can be parsed by itself, and
memory is bounded by one block and one line.
"""

from __future__ import annotations

import gzip
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

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ZSTD_PIECE = 16 * 1024

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
            start = file.read(4)
            file.seek(0)
            if start == _ZIP:
                raise DataError(f"{path}: a zip archive: unpack it first")
            yield from _lines(path, _opened(path, file, start))
    except OSError as problem:
        raise DataError(f"{path}: cannot be read: {problem.strerror or problem}") from None


def _opened(path: Path, file: BinaryIO, start: bytes) -> Read:
    if start.startswith(_GZIP):
        unpacked = gzip.GzipFile(fileobj=file)
        return lambda: unpacked.read(BLOCK)
    if start == _ZSTD:
        pieces = _unpacked(file)
        return lambda: next(pieces, b"")
    return lambda: file.read(BLOCK)


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """The content of zstandard frames; the library's own reader passes a cut one over."""
    frame, rest = zstandard.ZstdDecompressor().decompressobj(), b""
    begun = False
    while piece := rest or file.read(_ZSTD_PIECE):
        begun = True
        if data := frame.decompress(piece):
            yield data
        rest = frame.unused_data if frame.eof else b""
        if frame.eof:
            frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
    if begun:
        raise EOFError("the last frame is not whole")


def _lines(path: Path, read: Read) -> Iterator[tuple[int, bytes]]:
    number, rest, first = 1, b"", True
    while True:
        try:
            data = read()
        except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as problem:
            last = number + rest.count(b"\n")
            raise DataError(
                f"{path}:{last}: the packed data is cut or damaged after this line ({problem}): "
                "fetch the file again; nothing was imported"
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
                f"{path}:{last}: a line of more than {LINE_MAX} bytes: "
                "this is no table of market data"
            )
        if block:
            yield number, block
            number += block.count(b"\n")
        if not data:
            return


def _without_mark(path: Path, data: bytes) -> bytes:
    if data.startswith(_UTF16_MARKS) or data[:64].count(0) > 16:
        raise DataError(f"{path}: is in UTF-16: save it as UTF-8 and import that")
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
            "in another encoding: save it as UTF-8"
        )
