#!/usr/bin/env python3
"""Verifies an exported bundle. Needs Python 3.8 or newer and nothing else; `openssl` 3 checks the
signatures, and without it only the hashes are checked, which is said.

    python3 verify.py [FOLDER] [--key PUBLIC.pem]

FOLDER is the unpacked bundle (default: where this file is). With --key only that key is believed;
without it the keys that lie in the bundle are, which proves little: whoever made a false bundle
could have put his own there. Exit code 0: all holds; 1: it does not, and each problem is a line.

This file is short so that it can be read: it is all that stands between the bundle and its reader.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from typing import Any, Iterator  # noqa: UP035 - this file runs under Python 3.8, too

# length u32 | crc32 u32 | kind u8 | sequence u64 | at_ns i64 | chain 32 bytes | payload
FRAME = struct.Struct(">IIBQq32s")
WHAT = "fxrobot audit head 1"
PIECE = 4 * 1024 * 1024


class Bundle:
    """An unpacked bundle and what was found wrong with it."""

    def __init__(self, folder: str, key: str) -> None:
        self.folder = folder
        self.key = key
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.manifest: dict[str, Any] = {}
        self.places: dict[tuple[str, str, int], tuple[int, int, int, int, str]] = {}
        self.ends: dict[str, int] = {}
        self.begins: dict[str, int] = {}

    def verify(self) -> bool:
        """Check everything; whether all holds."""
        with open(os.path.join(self.folder, "manifest.json"), "rb") as file:
            self.manifest = json.loads(file.read())
        self.check_files()
        self.problems += [f"when it was exported: {text}" for text in self.manifest["problems"]]
        heads = list(self.read_heads())
        wanted = {(h["log"], h["last"]["segment"], h["last"]["sequence"]) for h, _, _ in heads}
        chains: dict[str, tuple[int, str]] = {}
        for piece in self.manifest["pieces"]:
            self.check_piece(piece, wanted, chains)
        self.check_heads(heads)
        return not self.problems

    # --- the files are those of the manifest

    def check_files(self) -> None:
        named = self.manifest["files"]
        for name, digest in sorted(named.items()):
            path = os.path.join(self.folder, name)
            if not os.path.isfile(path):
                self.problems.append(f"{name} is missing")
            elif sha256_of(path) != digest:
                self.problems.append(f"{name} is not the file that was exported")
        for piece in self.manifest["pieces"]:
            if piece["file"] not in named:
                self.problems.append(f"{piece['file']} is not in the manifest's files")

    # --- the records follow each other

    def check_piece(
        self,
        piece: dict[str, Any],
        wanted: set[tuple[str, str, int]],
        chains: dict[str, tuple[int, str]],
    ) -> None:
        """One run of records of a segment: lengths, checksums, numbers, hash chain."""
        log, segment, name = piece["log"], piece["segment"], piece["file"]
        before = chains.get(log)
        if before is not None and before != (piece["first"] - 1, piece["chain_before"]):
            self.problems.append(f"{name} does not continue the piece before it")
        chain, sequence = bytes.fromhex(piece["chain_before"]), piece["first"] - 1
        number, offset = piece["record"] - 1, piece["offset"]
        self.begins.setdefault(log, piece["first"])
        path = os.path.join(self.folder, name)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            while file.tell() < size:
                number += 1
                where = f"{name}: record {number} of the segment, at byte {file.tell()} here"
                head = file.read(FRAME.size)
                if len(head) < FRAME.size:
                    self.problems.append(f"{where} is cut off")
                    return
                length, checksum, _, found, at_ns, claimed = FRAME.unpack(head)
                if file.tell() + length > size:
                    self.problems.append(f"{where} is cut off, or its length was changed")
                    return
                payload = file.read(length)
                body = head[8:25]
                if zlib.crc32(payload, zlib.crc32(head[8:])) != checksum:
                    self.problems.append(f"{where} does not match its checksum")
                if found != sequence + 1:
                    self.problems.append(f"{where} has number {found} after {sequence}")
                if hashlib.sha256(chain + body + payload).digest() != claimed:
                    self.problems.append(f"{where} does not continue the hash chain")
                chain, sequence = claimed, found
                end = offset + FRAME.size + length
                if (log, segment, found) in wanted:
                    place = (number, offset, end, at_ns, claimed.hex())
                    self.places[(log, segment, found)] = place
                offset = end
        if sequence != piece["last"]:
            self.problems.append(f"{name} ends with record {sequence}, not {piece['last']}")
        chains[log] = (sequence, chain.hex())
        self.ends[log] = sequence

    # --- the heads follow each other, fit, and are signed

    def read_heads(self) -> Iterator[tuple[dict[str, Any], bytes, bytes]]:
        """Each head with its bytes and its signature."""
        previous, last = "0" * 64, 0
        with open(os.path.join(self.folder, "heads.jsonl"), "rb") as file:
            lines = file.read().split(b"\n")
        for line in filter(None, lines):
            text = line.decode("utf-8")
            parsed = json.loads(text)
            body = text[len('{"head":') : text.rindex(',"hash":')].encode("utf-8")
            digest = hashlib.sha256(body).hexdigest()
            head, signature = json.loads(body), parsed["signature"]
            if text != f'{{"head":{body.decode()},"hash":"{digest}","signature":"{signature}"}}':
                self.problems.append(f"the head after head {last} was changed")
            if head["what"] != WHAT or head["number"] != last + 1 or head["previous"] != previous:
                self.problems.append(f"head {head['number']} does not continue head {last}")
            previous, last = digest, head["number"]
            yield head, body, bytes.fromhex(signature)

    def check_heads(self, heads: list[tuple[dict[str, Any], bytes, bytes]]) -> None:
        keys, covered = self.keys(), {}
        for head, body, signature in heads:
            log, last = head["log"], head["last"]
            if not self.begins.get(log, 0) <= last["sequence"] <= self.ends.get(log, -1):
                continue  # of records that this bundle does not hold
            name = f"head {head['number']}"
            place = self.places.get((log, last["segment"], last["sequence"]))
            told = tuple(last[key] for key in ("record", "offset", "end", "at_ns", "chain"))
            if place != told:
                self.problems.append(f"{name} says otherwise of record {last['sequence']}")
            elif not head["key"]:
                self.notes.append(f"{name} is not signed")
            elif head["key"] not in keys:
                self.problems.append(f"{name} is signed by the unknown key {head['key']}")
            elif self.is_signed(keys[head["key"]], body, signature, name):
                covered[log] = last["sequence"]
        for log, end in sorted(self.ends.items()):
            first, upto = self.begins[log], covered.get(log, 0)
            span = f"{log}: records {first} to {end}"
            if upto:
                self.notes.append(f"{span}; signed up to {upto}, {end - upto} after it are not")
            else:
                self.notes.append(f"{span}; none is under a signed head")
            if self.key and not upto:
                self.problems.append(f"{log}: no record is signed by the key that was given")

    def keys(self) -> dict[str, str]:
        """Public keys by id: the SHA-256 of their DER form."""
        folder = os.path.join(self.folder, "keys")
        there = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        paths = [self.key] if self.key else [os.path.join(folder, name) for name in there]
        found = {}
        for path in paths:
            with open(path, encoding="ascii") as file:
                lines = [line.strip() for line in file if not line.startswith("-----")]
            import base64

            found[hashlib.sha256(base64.b64decode("".join(lines))).hexdigest()] = path
        if not self.key:
            told = ", ".join(sorted(found)) or "none"
            self.notes.append(f"keys taken from the bundle itself: {told}; compare them")
        return found

    def is_signed(self, key: str, body: bytes, signature: bytes, name: str) -> bool:
        """Whether openssl says so; not checked without it."""
        openssl = shutil.which("openssl")
        if openssl is None:
            text = "openssl is not here: signatures are NOT checked"
            (self.problems if self.key else self.notes).append(f"{name}: {text}")
            return False
        with tempfile.TemporaryDirectory() as scratch:
            text, seal = os.path.join(scratch, "head"), os.path.join(scratch, "signature")
            for path, data in ((text, body), (seal, signature)):
                with open(path, "wb") as file:
                    file.write(data)
            command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin"]
            done = subprocess.run(
                [*command, "-in", text, "-sigfile", seal], capture_output=True, check=False
            )
        if done.returncode != 0:
            self.problems.append(f"{name}: its signature is not that of its key")
        return done.returncode == 0


def sha256_of(path: str) -> str:
    """Of a file's content, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for data in iter(lambda: file.read(PIECE), b""):
            digest.update(data)
    return digest.hexdigest()


def main(arguments: list[str]) -> int:
    """Verify; print what was found."""
    key = ""
    if "--key" in arguments:
        at = arguments.index("--key")
        key = arguments[at + 1]
        del arguments[at : at + 2]
    bundle = Bundle(arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__)), key)
    try:
        bundle.verify()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        bundle.problems.append(f"it is no bundle that can be read: {problem!r}")
    for text in bundle.notes:
        print(f"note: {text}")
    for text in bundle.problems:
        print(f"PROBLEM: {text}")
    print("all holds" if not bundle.problems else f"{len(bundle.problems)} problem(s)")
    return 1 if bundle.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
