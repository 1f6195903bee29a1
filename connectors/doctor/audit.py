"""Checks of the tamper evidence: the key that signs, the heads that are there, their copy."""

from __future__ import annotations

import time
from collections.abc import Iterator

from connectors.audit.folder import HEADS_FILE, heads_at, heads_path
from connectors.audit.keys import signer_of
from connectors.doctor.check import Check, Finding, ok, problem, warning
from robot.clock import NANOS_PER_SECOND, format_time
from robot.errors import ConfigurationError, HeadDamaged
from robot.heads import SignedHead, read_line
from robot.settings import Settings

SIGNED_LATELY_S = 26 * 3600
"""A day and a little: there is a head at every start, day roll and orderly stop."""


def audit_checks(settings: Settings) -> tuple[Check, ...]:
    """One for the key, one for the heads."""
    return (
        Check("audit key", lambda: check_key(settings)),
        Check("audit heads", lambda: check_heads(settings)),
    )


def check_key(settings: Settings) -> Iterator[Finding]:
    """A key is configured, can be read, and by nobody else."""
    try:
        signer = signer_of(settings)
    except ConfigurationError as error:
        yield problem("audit key", str(error), "the auditor does not start with it")
        return
    if signer is None:
        text = "none is configured: heads are written, but not signed"
        yield warning(
            "audit key", text, "`fxrobot audit new-key`, then audit.key_file: docs/audit.md"
        )
        return
    yield ok("audit key", f"signs, id {signer.key}")
    copy = settings.desk.audit.copy_to
    if copy is None:
        advice = "set audit.copy_to to a folder of another user or machine: docs/audit.md"
        yield warning("audit copy", "heads are kept in one place only", advice)
    elif not (settings.folder / copy).is_dir():
        yield warning("audit copy", f"{settings.folder / copy} is not there", "make or mount it")
    else:
        yield ok("audit copy", f"{settings.folder / copy / HEADS_FILE}")


def check_heads(settings: Settings) -> Iterator[Finding]:
    """The newest heads can be read, and one was signed lately."""
    found = heads_at(heads_path(settings.data))
    if found is None or not found.lines:
        yield ok("audit heads", "none yet; the auditor writes the first")
        return
    signed: SignedHead | None = None
    try:
        signed = next((one for one in map(read_line, found.lines[::-1]) if one.signature), None)
    except HeadDamaged as damaged:
        advice = "run `fxrobot audit verify` and call the compliance officer"
        yield problem("audit heads", f"{found.name}: {damaged}", advice)
        return
    if signed is None:
        yield warning("audit heads", f"{len(found.lines)}, none is signed", "configure a key")
        return
    at_ns = signed.head.signed_at_ns
    text = f"{len(found.lines)}, the last signed one of {format_time(at_ns)}"
    if time.time_ns() - at_ns > SIGNED_LATELY_S * NANOS_PER_SECOND:
        yield warning("audit heads", text, "start the robot, or run `fxrobot audit sign`")
    else:
        yield ok("audit heads", text)
