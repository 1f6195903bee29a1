"""The set-up of the development environment: .ci/bootstrap.py."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


def load(name: str) -> ModuleType:
    """A script of .ci as a module; .ci is no package, because the set-up runs before any exists."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bootstrap = load("bootstrap")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel in the cache with its digest beside it."""
    path = tmp_path / "quickfix-1.0-py3-none-any.whl"
    path.write_bytes(b"compiled")
    (tmp_path / "sha256").write_text(f"{bootstrap.sha256_of(path)} {path.name}\n")
    return path


# --- which QuickFIX


def test_without_a_wish_the_official_quickfix_is_taken() -> None:
    assert bootstrap.wanted_flavour("", {}) is bootstrap.OFFICIAL


def test_without_a_wish_the_installed_flavour_stays() -> None:
    assert bootstrap.wanted_flavour("", {"quickfix": "tls"}) is bootstrap.TLS


def test_a_wish_wins_over_the_installed_flavour() -> None:
    assert bootstrap.wanted_flavour("official", {"quickfix": "tls"}) is bootstrap.OFFICIAL


def test_an_unknown_flavour_is_refused_with_the_known_ones() -> None:
    with pytest.raises(bootstrap.SetupFailed, match="FIX=ssl: choose one of official, tls") as told:
        bootstrap.wanted_flavour("ssl", {})
    assert told.value.code == bootstrap.EXIT_USAGE


# --- when something is to be done again


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with one lock."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.lock").write_text("six==1.0\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.json")
    return tmp_path


def test_an_unchanged_project_keeps_its_stamp(project: Path) -> None:
    before = bootstrap.stamp_key(bootstrap.OFFICIAL)
    (project / "notes.txt").write_text("nothing the environment is made from")
    assert before == bootstrap.stamp_key(bootstrap.OFFICIAL)


@pytest.mark.parametrize("changed", ["requirements/dev.lock", "pyproject.toml"])
def test_a_changed_input_makes_the_stamp_stale(project: Path, changed: str) -> None:
    before = bootstrap.stamp_key(bootstrap.OFFICIAL)
    (project / changed).write_text("six==2.0\n")
    assert before != bootstrap.stamp_key(bootstrap.OFFICIAL)


def test_the_other_quickfix_makes_the_stamp_stale(project: Path) -> None:
    assert bootstrap.stamp_key(bootstrap.OFFICIAL) != bootstrap.stamp_key(bootstrap.TLS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": '])
def test_a_damaged_stamp_counts_as_none(project: Path, text: str) -> None:
    bootstrap.STAMP.write_text(text)
    assert bootstrap.read_stamp() == {}


# --- what the operating system lacks


def test_a_missing_ensurepip_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "debian_python", lambda: "python3")
    text = bootstrap.missing_text(bootstrap.missing_for_venv())
    assert "run: apt-get install -y python3-venv" in text.splitlines()[-1]


def test_a_missing_compiler_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    text = bootstrap.missing_text(bootstrap.missing_for_compiling())
    assert "run: apt-get install -y g++\n" in f"{text}\n"
    assert "FIX=tls needs no compiler" in text


def test_missing_headers_name_their_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(bootstrap, "compilers", dict)
    monkeypatch.setattr(bootstrap, "debian_python", lambda: "python3")
    assert [item.package for item in bootstrap.missing_for_compiling()] == ["python3-dev"]


def test_several_missing_things_have_one_command_for_all() -> None:
    missing = [bootstrap.Missing("no pip", "python3-venv"), bootstrap.Missing("no g++", "g++")]
    assert "run: apt-get install -y python3-venv g++" in bootstrap.missing_text(missing)


def test_the_compiler_of_the_environment_is_used_when_it_exists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CC", f"{sys.executable} -pipe")
    monkeypatch.setenv("CXX", sys.executable)
    assert bootstrap.compilers() == {}


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    home, cfg = "home = /usr/bin\n", tmp_path / "pyvenv.cfg"
    cfg.write_text(f"{home}command = /usr/bin/python3 -m venv --clear /old/.venv\n")
    assert bootstrap.was_moved(tmp_path)
    cfg.write_text(f"{home}command = /usr/bin/python3 -m venv --clear {tmp_path}\n")
    assert not bootstrap.was_moved(tmp_path)


# --- mirrors


def test_pips_mirror_is_given_to_uv() -> None:
    env, flags = bootstrap.mirror_settings({"index-url": "https://mirror.example/simple"}, {})
    assert env == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}
    assert flags == []


def test_uvs_own_mirror_wins_over_pips() -> None:
    pip = {"index-url": "https://mirror.example/simple"}
    assert bootstrap.mirror_settings(pip, {"UV_INDEX_URL": "https://own.example"})[0] == {}


def test_a_folder_of_wheels_without_an_index_is_given_to_uv() -> None:
    env, flags = bootstrap.mirror_settings({"find-links": "/a\n/b", "no-index": "true"}, {})
    assert env == {"UV_FIND_LINKS": "/a,/b"}
    assert flags == ["--no-index"]


def test_a_further_index_is_searched_like_pip_does() -> None:
    pip = {"extra-index-url": "https://one.example file:///two"}
    assert bootstrap.mirror_settings(pip, {})[0] == {
        "UV_EXTRA_INDEX_URL": "https://one.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


# --- the cache of compiled wheels


def test_a_whole_wheel_is_taken_from_the_cache(wheel: Path) -> None:
    assert bootstrap.cached_wheel(wheel.parent) == wheel


def test_a_wheel_cut_short_is_not_taken(wheel: Path) -> None:
    wheel.write_bytes(b"comp")
    assert bootstrap.cached_wheel(wheel.parent) is None


def test_a_wheel_without_its_digest_is_not_taken(wheel: Path) -> None:
    (wheel.parent / "sha256").unlink()
    assert bootstrap.cached_wheel(wheel.parent) is None


def test_the_cache_folder_names_what_the_wheel_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FXROBOT_CACHE", "/somewhere")
    folder = bootstrap.wheel_folder()
    assert folder.parent == Path("/somewhere/wheels")
    assert folder.name.startswith(f"quickfix-1.16.0-{sys.implementation.cache_tag}-")


def test_a_compiled_wheel_is_installed_by_its_own_hash(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", wheel.parent)
    text = bootstrap.quickfix_requirement(bootstrap.OFFICIAL, wheel).read_text()
    assert text == f"quickfix @ {wheel.as_uri()} --hash=sha256:{bootstrap.sha256_of(wheel)}\n"


def test_the_prebuilt_quickfix_is_installed_by_its_lock() -> None:
    lock = bootstrap.quickfix_requirement(bootstrap.TLS, None)
    assert lock == ROOT / "requirements" / "quickfix-tls.lock"


# --- files


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old and longer")
    bootstrap.write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_two_set_ups_take_turns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    order: list[str] = []

    def second() -> None:
        with bootstrap.locked(lock, "waiting"):
            order.append("second")

    waiter = threading.Thread(target=second)
    with bootstrap.locked(lock):
        waiter.start()
        while "waiting" not in capfd.readouterr().err:
            waiter.join(0.01)
        order.append("first")
    waiter.join(10)
    assert order == ["first", "second"]


def test_a_command_that_fails_is_named_with_its_exit_code() -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    with pytest.raises(bootstrap.SetupFailed, match=r"(?s)could not do it.*exit code 7"):
        bootstrap.run(command, "could not do it")


@pytest.mark.parametrize(
    ("uv", "begins"),
    [
        ("/uv", ["/uv", "pip", "install", "--quiet", "--python", "/other/python"]),
        (None, ["pip", "--python", "/other/python", "install", "--quiet"]),
    ],
    ids=["uv", "pip"],
)
def test_wheels_go_into_the_environment_of_another_interpreter_by_hash_and_alone(
    monkeypatch: pytest.MonkeyPatch, uv: str | None, begins: list[str]
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run", lambda command, *_: ran.append(command))
    monkeypatch.setattr(bootstrap, "pip_settings", lambda _: {})
    bootstrap.Installer(["pip"], uv, "/other/python").add_wheels(Path("research.lock"))
    (command,) = ran
    assert command[: len(begins)] == begins
    wheels = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", "research.lock"]
    assert command[-len(wheels) :] == wheels
