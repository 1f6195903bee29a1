"""Two places for two versions: who has which, and that a promotion moves nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.host.frames import End, Follow, From, Ready, Told, Welcome
from connectors.host.pair import HostPair
from robot import host_places
from robot.basics.numbers import set_decimal_context
from robot.deals.reference import StrategyChoice
from robot.host_places import PLACES, forget_wanted, tell_wanted, wanted
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.messages.hosting import AskHost, HostChanged
from tests.unit.connectors.host.test_link import CHOICE, Host, Inbox, question, tick, until

IN_CORE = StrategyChoice(name="two_way", version="1", factory="a:b", parameters={})
TWO = msgspec.structs.replace(CHOICE, version="2")
THREE = msgspec.structs.replace(CHOICE, version="3")


class Places:
    """The trader's end, and whoever comes."""

    def __init__(self, folder: Path, live: StrategyChoice) -> None:
        self.folder, self.inbox, self.number = folder, Inbox(), 7
        self.pair = HostPair(folder, live, 7)
        self.pair.start(self.inbox, self.number)  # type: ignore[arg-type]
        self.hosts: list[Host] = []

    def happens(
        self, live: StrategyChoice, tried: StrategyChoice | None = None, *effects: AnyEffect
    ) -> None:
        self.number += 1
        self.pair.follow(Stamped(self.number, self.number, tick()), effects, live, tried)

    def come_ready(self, place: str, choice: StrategyChoice) -> Host:
        host = Host(self.folder / PLACES[place])
        self.hosts.append(host)
        assert host.hear(Welcome).choice == choice
        host.say(Follow(wants=("answers",)))
        assert host.hear(From).number == self.number
        host.say(Ready(told="ready"))
        named = f"{choice.name} {choice.version}"
        until(lambda: HostChanged(ready=True, strategy=named, told="ready") in self.inbox.events)
        return host


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    set_decimal_context()
    made = Places(tmp_path, IN_CORE)
    yield made
    made.pair.stop()
    for host in made.hosts:
        host.socket.close()


def asked(strategy: str) -> AskHost:
    return msgspec.structs.replace(question(), strategy=strategy)


def test_a_candidate_becomes_live_in_its_place_and_the_next_one_has_the_other(
    places: Places,
) -> None:
    assert wanted(places.folder) == () and not list(places.folder.glob("strategy*"))
    places.happens(IN_CORE, TWO)
    assert wanted(places.folder) == ("host",)
    two = places.come_ready("host", TWO)
    places.happens(TWO)
    places.happens(TWO, THREE)
    assert wanted(places.folder) == ("host", "host2")
    three = places.come_ready("host2", THREE)
    places.happens(TWO, THREE, asked("mine 2"), asked("mine 3"))
    for host, strategy in ((two, "mine 2"), (three, "mine 3")):
        (item,) = host.hear(Told).items
        assert isinstance(item, AskHost) and item.strategy == strategy, "each is asked its own"
    places.happens(THREE)
    assert two.hear(End) and two.is_let_go() and wanted(places.folder) == ("host2",)
    places.happens(THREE, None, asked("mine 3"))
    assert three.hear(Told)
    places.happens(TWO)
    assert three.hear(End) and wanted(places.folder) == ("host",), "the former one comes back"
    places.come_ready("host", TWO)
    assert not places.inbox.events[-1].failed


def test_what_the_folder_does_not_take_holds_up_no_turn(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as away:
        away.setattr(host_places.os, "replace", full)
        places.happens(IN_CORE, TWO)
    assert "No space left" in capsys.readouterr().err
    assert wanted(places.folder) == ()


def test_what_is_wanted_is_read_as_it_was_told(tmp_path: Path) -> None:
    assert wanted(tmp_path) is None, "nobody has said so yet"
    tell_wanted(tmp_path, ["host2", "host"])
    assert wanted(tmp_path) == ("host", "host2")
    forget_wanted(tmp_path)
    assert wanted(tmp_path) is None
