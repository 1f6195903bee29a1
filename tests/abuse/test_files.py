"""A limit file that says less than was meant: with a typo, missing, unreadable, cut off, too long.

Whatever it is, the robot does not start with it. That a file is shorter than it was and still a
file is what nobody can see in it: then its content is not what two persons approved.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from robot.approvals import Kind, Role, Who
from robot.approving import Approving, at_start
from robot.contents import content_of, load_content
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.yamlfile import BYTES_MAX

NOON = 1_700_000_000 * 10**9
PERSONS = [Who(name=name, role=Role.RISK, how="test") for name in ("li.wei", "he.yu")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "desk"
    shutil.copytree(configuration_folder(), copied, ignore=shutil.ignore_patterns("calendars"))
    return copied


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def pipe(path: Path) -> None:
    """Opening it would wait for ever."""
    path.unlink()
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def fifty_megabytes(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(50 * 1024 * 1024)


def long_list(path: Path) -> None:
    """Readable, and longer than any list of limits."""
    row = b"    - {everyone: all, maximum: 1}\n"
    path.write_bytes(b"tree:\n  settlement:\n" + row * (BYTES_MAX // len(row) + 1))


def byte_order_mark(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


SPOILED = {
    missing: "cannot be read: No such file",
    empty: "mapping",
    folder_instead: "cannot be read",
    link_to_itself: "cannot be read: Too many levels",
    link_to_nothing: "cannot be read: No such file",
    pipe: "cannot be read: it is no file",
    endless: "cannot be read: it is no file",
    binary: "is not UTF-8 text",
    fifty_megabytes: "is longer than",
    long_list: "is longer than",
    byte_order_mark: "is not UTF-8 text",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_read_as_limits_is_no_start_and_says_which_file(
    folder: Path, spoil: Any
) -> None:
    path = folder / "limits.yaml"
    spoil(path)
    for load in (lambda: load_settings(folder), lambda: load_content(Kind.LIMITS, path)):
        with pytest.raises(ConfigurationError) as told:
            load()
        assert str(path) in str(told.value) and SPOILED[spoil] in str(told.value)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_a_file_that_must_not_be_read_or_whose_disk_fails_is_no_start(
    folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Path.open

    def refuse(self: Path, *arguments: Any, **more: Any) -> Any:
        if self.name == "limits.yaml":
            raise OSError(number, os.strerror(number))
        return honest(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigurationError, match=f"cannot be read: {os.strerror(number)}"):
        load_settings(folder)


TYPOS = (
    ("net_open_position:", "net_open_positon:", "did you mean 'net_open_position'?"),
    ("price_collar_bp: 25", "price_collar_bp: 2 5", "price_collar_bp"),
    ("price_collar_bp: 25", "price_collar_bp: 25,0", "price_collar_bp"),
    ("  settlement:  ", "  setlement:  ", "did you mean 'settlement'?"),
    ("maximum:", "maximun:", "did you mean 'maximum'?"),
    ("  EUR: 250000000", "  EUR: 250000000\n  EUR: 1", "given twice"),
    ("quotes_outstanding: 400", "quotes_outstanding 400", "limits.yaml:"),
)


@pytest.mark.parametrize(("old", "new", "said"), TYPOS)
def test_a_typo_is_no_start_and_names_its_line(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "limits.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as told:
        load_settings(folder)
    assert said in str(told.value) and f"{path}:" in str(told.value)


def approved(folder: Path) -> Settings:
    """Limits, counterparties and strategy as they are in force by two persons."""
    settings = load_settings(folder)
    approving = Approving(settings, lambda: NOON)
    for kind in (Kind.LIMITS, Kind.COUNTERPARTIES, Kind.STRATEGY):
        content = content_of(settings.reference, kind)
        made = approving.propose(PERSONS[0], kind, content, reason="first").proposal
        assert made is not None
        assert approving.approve(PERSONS[1], made.number, made.content_hash).ok
    at_start(settings, NOON)
    return settings


def test_a_file_cut_off_in_the_midst_of_its_writing_is_no_start(folder: Path) -> None:
    """Refused as no such file, or as content that nobody approved."""
    whole = content_of(approved(folder).reference, Kind.LIMITS)
    path = folder / "limits.yaml"
    text = path.read_text(encoding="utf-8")
    tree = text.index("tree:")
    nobody_approved = 0
    for kept in (tree // 3, tree, *range(tree + 300, len(text) - 1, (len(text) - tree) // 9)):
        path.write_text(text[:kept], encoding="utf-8")
        try:
            settings = load_settings(folder)
        except ConfigurationError as told:
            assert str(path) in str(told)
            continue
        if content_of(settings.reference, Kind.LIMITS) == whole:
            continue  # a comment was cut
        nobody_approved += 1
        with pytest.raises(ConfigurationError, match="nobody approved its limits"):
            at_start(settings, NOON)
    assert nobody_approved, "some cuts leave a file: those are what this is about"
