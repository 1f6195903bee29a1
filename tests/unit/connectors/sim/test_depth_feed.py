"""F-01: who follows W and X has the venue's book in depth, after ticks, orders and halts."""

from __future__ import annotations

from decimal import Decimal

from connectors.sim.link import MARKET_DATA
from connectors.sim.wire import Incoming
from tests.kit.sim_engine import SimEngine
from tests.kit.sim_fix import checked

DEPTH = "262=d|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=EUR/USD|"
ENTRY = frozenset((278, 55, 270, 15, 271, 272, 273, 276, 299, 290, 269))


class Follower:
    """Keeps a book by ids, as a subscriber does."""

    def __init__(self, **options: object) -> None:
        self.scene = SimEngine(**options)
        self.scene.link.sent.clear()
        self.scene.say("V", DEPTH, MARKET_DATA)
        self.entries: dict[str, tuple[str, Decimal, Decimal]] = {}
        self.actions: list[str] = []
        self._read = 0

    def follow(self) -> None:
        """Reads what has come since the last time."""
        sent = self.scene.link.sent
        for key, kind, body in sent[self._read :]:
            if key.role == MARKET_DATA and "262=d\x01" in body:
                self._take(kind, body)
        self._read = len(sent)

    def _take(self, kind: str, body: str) -> None:
        message = checked("fix44", kind, body)
        if kind == "W":
            self.entries.clear()
            for each in message.members(268, 269, ENTRY):
                self.entries[each.need(299)] = _level(each)
            return
        for each in message.members(268, 279, ENTRY):
            action, entry_id = each.need(279), each.need(278)
            self.actions.append(action)
            assert (entry_id in self.entries) == (action != "0")
            if action == "2":
                del self.entries[entry_id]
            else:
                self.entries[entry_id] = _level(each)

    def book(self, kind: str) -> list[tuple[Decimal, Decimal]]:
        """Price and size, best first."""
        found = [(price, size) for side, price, size in self.entries.values() if side == kind]
        return sorted(found, reverse=kind == "0")

    def venue_book(self, kind: str) -> list[tuple[Decimal, Decimal]]:
        """What orders really meet."""
        order_desk = next(
            desk for desk in self.scene.engine.desks if type(desk).__name__ == "OrderDesk"
        )
        depth = order_desk.floor.depth  # type: ignore[attr-defined]
        levels = depth.levels("ALPHA", "EUR/USD", {"0": "2", "1": "1"}[kind])
        return [(level.price, level.size) for level in levels if level.size > 0]

    def agrees(self) -> bool:
        self.follow()
        return all(self.book(kind) == self.venue_book(kind) for kind in "01")


def _level(each: Incoming) -> tuple[str, Decimal, Decimal]:
    return (each.need(269), Decimal(each.need(270)), Decimal(each.need(271)))


def test_the_book_followed_is_the_venues_after_every_message() -> None:
    follower = Follower()
    assert follower.agrees() and 3 <= len(follower.book("0"))
    for _ in range(40):
        follower.scene.run(200)
        assert follower.agrees()

    assert {"0", "2"} <= set(follower.actions)


def test_an_order_sweeps_the_levels_that_were_shown_and_leaves_the_rest() -> None:
    follower = Follower(ticks_per_second=0.01)
    assert follower.agrees()
    before = follower.book("1")
    wanted = before[0][1] + before[1][1] + 100_000
    follower.scene.order("A1", size=str(wanted))
    follower.scene.run(60)

    fills = [each for each in follower.scene.said("8") if each.get(150) == "F"]
    told = [(fill.number(31), fill.number(32)) for fill in fills]
    assert [*before[:2], (before[2][0], Decimal(100_000))] == told
    assert follower.agrees()
    assert [(before[2][0], before[2][1] - 100_000), *before[3:]] == follower.book("1")


def test_a_halt_deletes_every_level_and_the_next_tick_brings_new_ones() -> None:
    follower = Follower(halt_every=(5.0, 1.0))
    follower.follow()
    follower.scene.run(3600)
    follower.follow()
    assert {} == follower.entries
    follower.scene.run(3000)

    assert follower.agrees() and follower.entries


def test_other_depths_are_refused_and_an_unsubscribed_book_is_silent() -> None:
    follower = Follower()
    follower.scene.say("V", DEPTH.replace("262=d", "262=e").replace("264=0", "264=5"), MARKET_DATA)
    assert ["5"] == [each.get(281) for each in follower.scene.said("Y", MARKET_DATA)]
    follower.scene.say("V", DEPTH.replace("263=1", "263=2"), MARKET_DATA)
    follower.follow()
    known = dict(follower.entries)
    follower.scene.run(2000)
    follower.follow()

    assert known == follower.entries
