"""Makes .venv ready: locked packages, QuickFIX, the project itself; instant when nothing changed.

Run by `make` with the system's Python (3.11 or newer), standard library only. It starts as that
Python, makes .venv, and goes on inside it. Read `main`, then `set_up`. Nothing outside .venv is
written but the cache of compiled wheels (FXROBOT_CACHE, or ~/.cache/fxrobot).
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
STAMP = VENV / "fxrobot-setup.json"
EXIT_FAILED, EXIT_USAGE, EXIT_MISSING = 1, 2, 3

# What the environment is made from: a change in any of them makes the stamp stale.
INPUTS = ("pyproject.toml", ".ci/bootstrap.py", ".ci/quickfix_wheel.py", "robot/__init__.py")


@dataclass(frozen=True)
class Flavour:
    """One of the two distributions that own the import name `quickfix`."""

    name: str  # the value of FIX that asks for it
    distribution: str
    lock: str
    note: str


OFFICIAL = Flavour("official", "quickfix", "quickfix.lock", "official QuickFIX, compiled here")
TLS = Flavour(
    "tls",
    "quickfix-tls",
    "quickfix-tls.lock",
    "quickfix-tls: a prebuilt, unofficial build by one maintainer, pinned by hash",
)
FLAVOURS = {flavour.name: flavour for flavour in (OFFICIAL, TLS)}


@dataclass(frozen=True)
class Missing:
    """Something the operating system lacks, and the Debian package that brings it."""

    what: str
    package: str
    for_compiling: bool = False


class SetupFailed(Exception):
    """The environment cannot be made; the text says why and what to do."""

    def __init__(self, text: str, code: int = EXIT_FAILED) -> None:
        super().__init__(text)
        self.code = code


def main() -> int:
    """Makes the environment; returns 0, or the exit code that tells what failed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves no scratch folder behind
    try:
        with locked(Path(__file__)):
            asked = os.environ.get("FIX", "")
            flavour = wanted_flavour(asked, read_stamp())
            if Path(sys.prefix) != VENV:
                make_venv(flavour)
            else:
                if flavour is TLS and not asked:
                    say("QuickFIX stays quickfix-tls, as last chosen (FIX=official changes it)")
                if read_stamp().get("key") != stamp_key(flavour):
                    set_up(flavour)
                return 0
    except SetupFailed as failure:
        print(f"fxrobot set-up: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        print("\nfxrobot set-up: interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    python = str(VENV / "bin" / "python")
    os.execv(python, [python, __file__])


def set_up(flavour: Flavour) -> None:
    """Installs everything into .venv, in the order in which each step needs the one before."""
    STAMP.unlink(missing_ok=True)
    refuse_if_missing(flavour)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    installer = Installer(pip, install_uv(pip))
    wheel = official_wheel(pip, installer) if flavour is OFFICIAL else None
    installer.remove_other_quickfix(flavour)
    say("installing the locked packages")
    installer.sync([LOCKS / "dev.lock", quickfix_requirement(flavour, wheel)])
    installer.install_project()
    stamp = {"key": stamp_key(flavour), "quickfix": flavour.name}
    write_whole(STAMP, json.dumps(stamp).encode())
    say(f"ready: .venv, Python {platform.python_version()}, {flavour.note}")


def say(text: str) -> None:
    """One line of progress, on standard error so that --json on standard output stays clean."""
    print(f"fxrobot set-up: {text}", file=sys.stderr, flush=True)


# --- which QuickFIX, and whether anything is to be done


def wanted_flavour(asked: str, stamp: Mapping[str, str]) -> Flavour:
    """The flavour asked for by FIX; when nothing is asked, the one installed, else the official."""
    if asked:
        if asked not in FLAVOURS:
            raise SetupFailed(f"FIX={asked}: choose one of {', '.join(FLAVOURS)}", EXIT_USAGE)
        return FLAVOURS[asked]
    return FLAVOURS.get(stamp.get("quickfix", ""), OFFICIAL)


def read_stamp() -> dict[str, str]:
    """What the last complete set-up wrote down; empty when there was none."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def stamp_key(flavour: Flavour) -> str:
    """A digest of everything the environment is made from."""
    digest = hashlib.sha256(f"{flavour.name} {ROOT} {sys.version}".encode())
    for path in [ROOT / name for name in INPUTS] + sorted(LOCKS.glob("*.lock")):
        digest.update(f"\n{path.name}\n".encode())
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


# --- what the operating system must have


def refuse_if_missing(flavour: Flavour) -> None:
    """Ends the set-up with one line for each missing thing and the command that brings it."""
    missing = [] if Path(sys.prefix) == VENV else missing_for_venv()
    if flavour is OFFICIAL and cached_wheel(wheel_folder()) is None:
        missing += missing_for_compiling()
    if missing:
        raise SetupFailed(missing_text(missing), EXIT_MISSING)


def missing_text(missing: list[Missing]) -> str:
    """What is missing, each with its command, and one command for all of it."""
    lines = ["something is missing here; as root:"]
    lines += [f"  {item.what}\n    run: apt-get install -y {item.package}" for item in missing]
    if len(missing) > 1:
        packages = " ".join(item.package for item in missing)
        lines.append(f"  all of it\n    run: apt-get install -y {packages}")
    if any(item.for_compiling for item in missing):
        lines.append("  (FIX=tls needs no compiler: it takes a prebuilt, unofficial QuickFIX)")
    return "\n".join(lines)


def missing_for_venv() -> list[Missing]:
    """What `python -m venv` needs and Debian packs apart."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return []
    what = f"Python {platform.python_version()} cannot make virtual environments (no ensurepip)"
    return [Missing(what, f"{debian_python()}-venv")]


def missing_for_compiling() -> list[Missing]:
    """What compiling the official QuickFIX needs."""
    missing = []
    if compilers() is None:
        what = "no C++ compiler, which the official QuickFIX is built with"
        missing.append(Missing(what, "g++", for_compiling=True))
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        what = f"the headers of Python {platform.python_version()} (Python.h) are not installed"
        missing.append(Missing(what, f"{debian_python()}-dev", for_compiling=True))
    return missing


def compilers() -> dict[str, str] | None:
    """Settings that make distutils find a compiler: none when it finds its own; None: no way."""
    own = {name: os.environ.get(name) or sysconfig.get_config_var(name) for name in ("CC", "CXX")}
    if all(command and shutil.which(command.split()[0]) for command in own.values()):
        return {}
    for pair in ({"CC": "gcc", "CXX": "g++"}, {"CC": "clang", "CXX": "clang++"}):
        if all(shutil.which(command) for command in pair.values()):
            return pair
    return None


def debian_python() -> str:
    """`python3` when this is the system's own, else `python3.N`: how Debian names its packages."""
    system = Path("/usr/bin/python3").resolve().name
    mine = f"python3.{sys.version_info.minor}"
    return "python3" if system == mine else mine


# --- the virtual environment and the installer in it


def make_venv(flavour: Flavour) -> None:
    """Makes .venv unless a usable one is there."""
    python = VENV / "bin" / "python"
    usable = os.access(python, os.X_OK) and not was_moved(VENV)
    if usable and (STAMP.exists() or has_pip(python)):
        return
    refuse_if_missing(flavour)
    say(f"making .venv with Python {platform.python_version()}")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "could not make .venv")


def was_moved(venv: Path) -> bool:
    """Whether the environment was made under another path, which its programs still name."""
    try:
        settings = (venv / "pyvenv.cfg").read_text()
    except OSError:
        return False
    return "\ncommand = " in settings and not settings.rstrip().endswith(str(venv))


def has_pip(python: Path) -> bool:
    """Whether the interpreter starts, is recent enough and has pip: a complete environment."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def install_uv(pip: list[str]) -> str | None:
    """Installs the pinned uv and returns its path; None when it is not to be had."""
    uv = str(VENV / "bin" / "uv")
    lock = str(LOCKS / "uv.lock")
    command = [*pip, "install", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "-r", lock]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        say("uv could not be installed, see above; going on with pip, which is slower")
        return None
    return uv


class Installer:
    """Installs locked packages by uv, or by pip where there is no uv: into .venv, or into the
    environment of another interpreter.
    """

    def __init__(self, pip: list[str], uv: str | None, python: str = sys.executable) -> None:
        self._pip = pip if python == sys.executable else [*pip, "--python", python]
        self._python = python
        self._uv = [uv, "pip"] if uv else None
        self._flags: list[str] = []
        self._env: dict[str, str] = {}
        if uv:
            self._env, self._flags = mirror_settings(pip_settings(pip), os.environ)

    def add(self, lock: Path) -> None:
        """Installs what the lock names and removes nothing."""
        self._run(["install"], ["--require-hashes", "-r", str(lock)])

    def add_wheels(self, lock: Path) -> None:
        """The same, of wheels alone and of nothing that the lock does not name."""
        wheels = ["--no-deps", "--only-binary", ":all:"]
        self._run(["install"], [*wheels, "--require-hashes", "-r", str(lock)])

    def sync(self, locks: list[Path]) -> None:
        """Makes .venv hold what the locks name (and, by uv, nothing else)."""
        if self._uv:
            # As pip does: a start compiles QuickFIX's 1.8 MB of Python otherwise, for 0.6 s.
            self._run(["sync"], ["--compile-bytecode", "--require-hashes", *map(str, locks)])
            return
        for lock in locks:
            self.add(lock)

    def remove_other_quickfix(self, flavour: Flavour) -> None:
        """Removes both flavours when the other one is there: they own the same files."""
        names = [each.distribution for each in FLAVOURS.values()]
        present = [name for name in names if has_distribution(name)]
        if not present or present == [flavour.distribution]:
            return
        say(f"changing QuickFIX from {' and '.join(present)} to {flavour.distribution}")
        command = [*self._pip, "uninstall", "--quiet", "--yes", *present]
        run(command, "could not remove the other QuickFIX")

    def install_project(self) -> None:
        """Installs the project itself so that an edit is in force at once."""
        self._run(["install"], ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])

    def _run(self, verb: list[str], arguments: list[str]) -> None:
        if self._uv:
            options = ["--quiet", "--python", self._python, *self._flags]
            command = [*self._uv, *verb, *options, *arguments]
        else:
            command = [*self._pip, *verb, "--quiet", *arguments]
        what = "the packages could not be installed (is the package index reachable? see above)"
        run(command, what, self._env)


def has_distribution(name: str) -> bool:
    """Whether .venv holds this distribution, seen on the disk."""
    folder = sysconfig.get_path("purelib")
    return any(Path(folder).glob(f"{name.replace('-', '_')}-*.dist-info"))


def pip_settings(pip: list[str]) -> dict[str, str]:
    """What the user told pip, by file or PIP_*: the environment over `install` over `global`."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in found:
            with contextlib.suppress(ValueError, SyntaxError):
                found[section][name] = str(ast.literal_eval(value))
    return found["global"] | found["install"] | found[":env:"]


def mirror_settings(
    pip: Mapping[str, str], env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """pip's mirror, proxy and certificate settings in uv's words; uv's own settings win."""
    found: dict[str, str] = {}

    def give(name: str, value: str, *unless: str) -> None:
        if value and not any(env.get(other) for other in (name, *unless)):
            found[name] = value

    extra = [url for url in pip.get("extra-index-url", "").split() if url.startswith("http")]
    give("UV_DEFAULT_INDEX", pip.get("index-url", ""), "UV_INDEX_URL")
    give("UV_EXTRA_INDEX_URL", " ".join(extra), "UV_INDEX")
    # pip takes the best version of any index; the locked hashes keep that safe.
    give("UV_INDEX_STRATEGY", "unsafe-best-match" if extra else "")
    give("UV_FIND_LINKS", ",".join(pip.get("find-links", "").split()))
    give("UV_INSECURE_HOST", " ".join(pip.get("trusted-host", "").split()))
    give("SSL_CERT_FILE", pip.get("cert", ""))
    give("ALL_PROXY", pip.get("proxy", ""), "HTTPS_PROXY", "https_proxy", "all_proxy")
    offline = pip.get("no-index", "").lower() in ("1", "true", "yes", "on")
    return found, ["--no-index"] if offline else []


def run(command: list[str], failure: str, env: Mapping[str, str] | None = None) -> None:
    """Runs a command, its output on standard error; a non-zero exit ends the set-up."""
    whole = {**os.environ, **(env or {})}
    if code := subprocess.run(command, check=False, stdout=sys.stderr, env=whole).returncode:
        raise SetupFailed(f"{failure}\n  {' '.join(command)}\n  ended with exit code {code}")


# --- the official QuickFIX, compiled once for this machine and kept


def quickfix_requirement(flavour: Flavour, wheel: Path | None) -> Path:
    """The requirements file that installs the flavour; a compiled wheel by its own hash."""
    if wheel is None:
        return LOCKS / flavour.lock
    file = VENV / "quickfix-requirement.txt"
    text = f"quickfix @ {wheel.as_uri()} --hash=sha256:{sha256_of(wheel)}\n"
    file.write_text(text)
    return file


def official_wheel(pip: list[str], installer: Installer) -> Path:
    """The compiled wheel from the cache, compiled now if it is not there."""
    folder = wheel_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder / "lock"
        lock.touch()
    except OSError as error:
        hint = "set FXROBOT_CACHE to a folder that can be written"
        raise SetupFailed(f"the cache folder cannot be used: {error}\n  {hint}") from error
    waiting = "another set-up is compiling QuickFIX; waiting for it"
    with locked(lock, waiting):
        if (wheel := cached_wheel(folder)) is not None:
            say(f"QuickFIX: {wheel.name} from the cache")
            return wheel
        installer.add(LOCKS / "build.lock")
        return compile_wheel(pip, folder)


def wheel_folder() -> Path:
    """Where the wheel for exactly this QuickFIX, Python, platform and C library is kept."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    cache = Path(os.environ.get("FXROBOT_CACHE") or Path(home) / "fxrobot")
    version = (LOCKS / OFFICIAL.lock).read_text().split()[0].replace("==", "-")
    libc = "".join(platform.libc_ver()) or "libc"
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}-{libc}"
    return cache.expanduser().absolute() / "wheels" / f"{version}-{tag}"


def cached_wheel(folder: Path) -> Path | None:
    """The wheel in the folder if it is whole, by the digest recorded when it was built."""
    try:
        digest, name = (folder / "sha256").read_text().split()
        wheel = folder / name
        return wheel if sha256_of(wheel) == digest else None
    except (OSError, ValueError):
        return None


def compile_wheel(pip: list[str], folder: Path) -> Path:
    """Downloads the source by its hash, compiles it, and puts the wheel into the folder."""
    with tempfile.TemporaryDirectory(prefix="fxrobot-quickfix-") as scratch:
        source = quickfix_source(pip, Path(scratch))
        say("compiling QuickFIX; a few minutes, once for this machine")
        command = [sys.executable, str(ROOT / ".ci" / "quickfix_wheel.py"), str(source), scratch]
        run(command, "QuickFIX could not be compiled (FIX=tls takes a prebuilt one)", compilers())
        (built,) = Path(scratch).glob("*.whl")
        write_whole(folder / built.name, built.read_bytes())
        write_whole(folder / "sha256", f"{sha256_of(built)} {built.name}\n".encode())
        return folder / built.name


def quickfix_source(pip: list[str], scratch: Path) -> Path:
    """The unpacked source distribution, whose hash the lock file pins."""
    command = [*pip, "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command += ["--no-build-isolation", "--require-hashes", "--dest", str(scratch)]
    run([*command, "-r", str(LOCKS / OFFICIAL.lock)], "QuickFIX could not be downloaded, see above")
    (archive,) = scratch.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(scratch)
    return scratch / archive.name.removesuffix(".tar.gz")


# --- files


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that a reader, or a crash, never sees half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


@contextlib.contextmanager
def locked(path: Path, waiting: str = "another set-up is running here; waiting") -> Iterator[None]:
    """Holds an advisory lock on an existing file, so that two set-ups take turns."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
