"""Checks of what is installed: Python, packages, who owns the import names, which QuickFIX."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version

from connectors.doctor.check import Check, Finding, ok, problem

DISTRIBUTION = "fxrobot"
PYTHON_MIN = (3, 11)
PROBE_S = 10.0

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<=|==|!=|~=|<|>)\s*([0-9][0-9.]*)")
_REPAIR = "run `make setup`, or install fxrobot again into an environment of its own"

# In a process of its own: a binary module that does not fit the machine ends what loads it.
_TLS_PROBE = """
import quickfix as fix
class Application(fix.Application):
    def onCreate(self, session): pass
settings, values = fix.SessionSettings(), fix.Dictionary()
for name, value in {"ConnectionType": "initiator", "SocketConnectHost": "127.0.0.1",
                    "SocketConnectPort": "1", "HeartBtInt": "30", "NonStopSession": "Y",
                    "UseDataDictionary": "N"}.items():
    values.setString(name, value)
settings.set(fix.SessionID("FIX.4.4", "A", "B"), values)
try:
    fix.SSLSocketInitiator(Application(), fix.MemoryStoreFactory(), settings)
    print("tls")
except fix.ConfigError as error:
    print("no tls" if "HAVE_SSL" in str(error) else f"unclear: {error}")
"""


def installation_checks() -> tuple[Check, ...]:
    """Everything that needs no configuration."""
    return (
        Check("python", check_python),
        Check("packages", lambda: check_packages(requires(DISTRIBUTION) or ())),
        Check("import names", lambda: check_owners(packages_distributions())),
        Check("quickfix", check_quickfix),
    )


def check_python() -> Iterator[Finding]:
    """The interpreter is new enough."""
    running = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= PYTHON_MIN:
        yield ok("python", f"{running} at {sys.executable}")
        return
    wanted = ".".join(str(part) for part in PYTHON_MIN)
    yield problem(
        "python", f"{running} is older than {wanted}", f"install Python {wanted} or newer"
    )


def check_packages(requirements: Sequence[str]) -> Iterator[Finding]:
    """Every package that fxrobot needs is there, in a version it can use."""
    found, wrong = [], []
    for name, bounds in _needed(requirements):
        installed = _version_of(name)
        if installed is None:
            wrong.append(f"{name} is not installed")
        elif not fits(installed, bounds):
            wrong.append(f"{name} {installed} does not fit {bounds}")
        else:
            found.append(f"{name} {installed}")
    if wrong:
        yield problem("packages", "; ".join(wrong), _REPAIR)
    elif not found:
        text = f"nothing is known of what {DISTRIBUTION} needs: it is not installed"
        yield problem("packages", text, _REPAIR)
    else:
        yield ok("packages", f"{DISTRIBUTION} {version(DISTRIBUTION)}: " + ", ".join(found))


def check_owners(owners: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """One distribution each owns the import names `quickfix` and `robot`."""
    fix = sorted(set(owners.get("quickfix", ())))
    if len(fix) == 1:
        yield ok("import name quickfix", f"owned by {fix[0]} {_version_of(fix[0]) or ''}".rstrip())
    else:
        who = " and ".join(fix) or "nobody"
        advice = "remove all of them, then run `make setup FIX=official` (or FIX=tls)"
        text = f"owned by {who}; exactly one of quickfix and quickfix-tls must be installed"
        yield problem("import name quickfix", text, advice)
    others = sorted(set(owners.get("robot", ())) - {DISTRIBUTION})
    if not others:
        yield ok("import name robot", f"owned by {DISTRIBUTION} alone")
        return
    yield problem(
        "import name robot",
        f"{', '.join(others)} also installs a package named robot (Robot Framework does); "
        "one overwrites the other",
        "use an environment of its own for fxrobot: `make setup` makes .venv",
    )


def check_quickfix() -> Iterator[Finding]:
    """QuickFIX loads, and whether it could do TLS."""
    command = [sys.executable, "-c", _TLS_PROBE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_S, check=False)
    answer = done.stdout.strip()
    if done.returncode != 0 or not answer:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with code {done.returncode}"]
        advice = (
            "run `make setup FIX=official` to compile it here; the compiler is named if missing"
        )
        yield problem("quickfix", f"cannot be loaded: {last[0]}", advice)
    elif answer == "tls":
        yield ok("quickfix", "loads; built with TLS (fxrobot does not use it: docs/operations.md)")
    else:
        unclear = "" if answer == "no tls" else f" ({answer})"
        text = f"loads; built without TLS{unclear} (a venue that wants it: docs/operations.md)"
        yield ok("quickfix", text)


def fits(installed: str, bounds: str) -> bool:
    """Whether a version is within bounds such as `<3,>=2.5`; suffixes such as rc1 do not count."""
    have = _numbers(installed)
    for sign, text in _BOUND.findall(bounds):
        wanted = _numbers(text)
        length = max(len(have), len(wanted))
        left, right = _padded(have, length), _padded(wanted, length)
        holds = {
            ">=": left >= right,
            "~=": left >= right,
            "<=": left <= right,
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
        }
        if not holds[sign]:
            return False
    return True


def _needed(requirements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and bounds of each requirement that belongs to no extra."""
    for text in requirements:
        match = _REQUIREMENT.match(text)
        if match is not None and "extra" not in (match[3] or ""):
            yield match[1], match[2].strip()


def _version_of(name: str) -> str | None:
    """The installed version; either QuickFIX counts as quickfix."""
    names = (name, "quickfix-tls") if name == "quickfix" else (name,)
    for candidate in names:
        try:
            return version(candidate)
        except PackageNotFoundError:
            continue
    return None


def _numbers(text: str) -> tuple[int, ...]:
    release = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return numbers + (0,) * (length - len(numbers))
