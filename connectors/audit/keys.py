"""Ed25519 keys: made, read with care, known by an id.

The id of a key is the SHA-256 of its public half in DER, so that `openssl` tells it as well:

    openssl pkey -pubin -in KEY.pub -outform DER | openssl sha256
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from robot.errors import ConfigurationError
from robot.heads import Sign
from robot.settings import Settings
from robot.verdict import Verify

KEY_VARIABLE = "FXROBOT_AUDIT_KEY"
"""Environment variable with the private key itself, in PEM; it goes before `audit.key_file`."""
KEY_BYTES_MAX = 65_536


class Signer(msgspec.Struct, frozen=True):
    """A private key at work."""

    key: str
    """Its id."""
    public: bytes
    """Its public half, PEM."""
    sign: Sign


def new_key(path: Path) -> str:
    """Make a key in a new file that only this user may read, and `PATH.pub` beside it; its id."""
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer = _signer(private)
    public = path.with_name(path.name + ".pub")
    try:
        _write_new(path, text, 0o600)
        _write_new(public, signer.public, 0o644)
    except FileExistsError as problem:
        raise ConfigurationError(f"{problem.filename} is there already; name a new file") from None
    except OSError as problem:
        text_of = f"{problem.filename}: cannot be written: {problem.strerror}"
        raise ConfigurationError(text_of) from problem
    return signer.key


def signer_of(settings: Settings) -> Signer | None:
    """The desk's key, or None where it has none. One that is there and cannot be used raises
    ConfigurationError: heads must not go unsigned unnoticed.
    """
    text = os.environ.get(KEY_VARIABLE, "")
    if text:
        return _read_private(text.encode(), KEY_VARIABLE)
    path = key_path(settings)
    return _read_private(_read_secret(path), str(path)) if path is not None else None


def key_path(settings: Settings) -> Path | None:
    """The key's file; a relative one is relative to the configuration folder."""
    path = settings.desk.audit.key_file
    return None if path is None else settings.folder / path


def read_public(path: Path) -> tuple[str, bytes]:
    """Id and PEM of a public key in a file."""
    try:
        text = path.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    return _public_id(_load_public(text, str(path))), text


def verifiers(texts: Iterable[tuple[str, bytes]]) -> dict[str, Verify]:
    """What checks the signatures of these public keys, by id; a text is (where, PEM)."""
    found: dict[str, Verify] = {}
    for where, text in texts:
        public = _load_public(text, where)
        found[_public_id(public)] = _verifier(public)
    return found


def _verifier(public: Ed25519PublicKey) -> Verify:
    def verify(signature: bytes, body: bytes) -> bool:
        try:
            public.verify(signature, body)
        except InvalidSignature:
            return False
        return True

    return verify


def _signer(private: Ed25519PrivateKey) -> Signer:
    public = private.public_key()
    text = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Signer(_public_id(public), text, private.sign)


def _public_id(public: Ed25519PublicKey) -> str:
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def _read_private(text: bytes, where: str) -> Signer:
    advice = "make one with `fxrobot audit new-key`"
    try:
        private = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the library says might hold parts of the key.
        raise ConfigurationError(f"{where}: is no private key in PEM; {advice}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"{where}: is no Ed25519 key; {advice}")
    return _signer(private)


def _load_public(text: bytes, where: str) -> Ed25519PublicKey:
    try:
        public = serialization.load_pem_public_key(text)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise ConfigurationError(f"{where}: is no public key in PEM") from problem
    if not isinstance(public, Ed25519PublicKey):
        raise ConfigurationError(f"{where}: is no Ed25519 key")
    return public


def _read_secret(path: Path) -> bytes:
    """A file that nobody else may read; mode and content are those of the same open file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                mode = f"{stat.S_IMODE(status.st_mode):04o}"
                raise ConfigurationError(
                    f"{path}: has mode {mode}, others may use it; run: chmod 600 {path}"
                )
            if status.st_uid not in (os.geteuid(), 0):
                raise ConfigurationError(f"{path}: belongs to another user (uid {status.st_uid})")
            return file.read(KEY_BYTES_MAX)
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem


def _write_new(path: Path, text: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(fd, text)
        os.fsync(fd)
    finally:
        os.close(fd)
