"""Random dialogues through the core: games from files answer clients and lead asks of ours, while
both sides, the market and people say anything at any time. What leaves is judged by what the file
says (`written_games.py`) and by what was said before, kept here.

.venv/bin/python -m tests.fuzz.core_dialogues [--dialogues 2000] [--seed 1] [--processes 2]
"""

from __future__ import annotations

import hashlib
import random
import sys
import warnings
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from robot.assembly import load_strategy
from robot.basics.ids import VenueId
from robot.basics.numbers import set_decimal_context
from robot.core.engine import Engine
from robot.core.state import restore, snapshot
from robot.deals.reference import Reference
from robot.messages.asks import (
    CounterQuote,
    SendAsk,
    TakeQuote,
)
from robot.messages.effects import AlertRaised, AnyEffect, ConcludeDeal, Decided, SendQuote
from robot.messages.events import AnyEvent, DealingOpened, FixingPublished
from robot.strategy import Strategy
from tests.fuzz import in_parts
from tests.fuzz.clients_side import ClientTalk
from tests.fuzz.kinds import FIXING, KINDS, Market
from tests.fuzz.lying_games import FACTORY
from tests.fuzz.makers_side import AskTalk
from tests.fuzz.written_games import WORDS_MAX, Written, drawn
from tests.fuzz.written_quotes import WrittenQuote, drawn_quote
from tests.kit.asks import VENUES
from tests.kit.desk import SPOT, Desk, encoded, started, time_ns

DIALOGUES_OF_A_DESK = 24
"""One after the other, so that positions and limits are used: `PART` is a multiple of it."""
OPENS_CROSSED = "is over offer"
"""What a file asks for that opens worse than the middle for both sides."""
TIMERS_MAX = 2_000
"""In one stretch of waiting."""
SECOND_NS = 10**9
BY_NS = time_ns("09:31:00.000")
"""The `by` of files that have one."""


class Sparing(Desk):
    """Reads its game's file once, not at each start: that took half of the time. Games keep nothing
    (`Forgetful` has new ones before every event, and gives the same).
    """

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self._made: dict[str, Strategy] = {}
        self.engine = Engine(self._game)

    def restart(self) -> tuple[AnyEffect, ...]:
        """The process ends and starts again."""
        self.engine = Engine(self._game, restore(snapshot(self.state)))
        return self.step(started(self.reference, self.day))

    def _game(self, reference: Reference) -> Strategy:
        text = str(reference.strategy.parameters)
        if text not in self._made:
            self._made[text] = load_strategy(reference)
        return self._made[text]


class Forgetful(Desk):
    """Its core is restored from a snapshot before every event, as after a crash, with games that
    are made anew.
    """

    def step(self, event: AnyEvent) -> tuple[AnyEffect, ...]:
        """The event, to the core that was restored."""
        if self.stepped:
            self.engine = Engine(load_strategy, restore(snapshot(self.state)))
        return super().step(event)


class Breach(AssertionError):
    """Something left that never may."""


class Table:
    """One desk whose game is drawn, the market it saw, and everything that left it."""

    def __init__(self, chance: random.Random, *, forgetful: bool = False) -> None:
        self.chance = chance
        self.kind = chance.choice(KINDS)
        self.quotes = chance.random() < 0.15
        """Whether its game is one of kind `quote`, which leads no asks."""
        self.written: Written | WrittenQuote
        self.written = drawn_quote(chance) if self.quotes else drawn(chance, self.kind)
        self.counts: Counter[str] = Counter()
        self.judged = 0
        self.stopped = False
        self.down = False
        self.market: Market
        self.shown_ns = 0
        self.fixing: Fraction | None = None
        self.lies = chance.random() < 0.4
        """Whether its game lies: what it may say, the core alone holds; when, the file's words."""
        at = chance.choice(("09:30:00.000", "09:30:00.000", "09:30:53.000"))
        kind = Forgetful if forgetful else Sparing
        self.desk = kind(at).changed(**_changes(self)).open()
        self._open_product()
        self.counts[f"desks of {self.kind.name}"] += 1
        self.clients: dict[str, ClientTalk] = {}
        self.asks: dict[str, AskTalk] = {}
        self.show_market()
        if chance.random() < 0.8:
            self._publish()
        self.judge()

    def _open_product(self) -> None:
        if self.kind.product != SPOT:
            self.desk.step(DealingOpened(venue=VenueId("ALPHA"), product=self.kind.product))

    def show_market(self) -> None:
        """A new top of the market."""
        self.market = self.kind.show(self.desk, self.chance, self.fixing)
        self.shown_ns = self.desk.at_ns

    def disturb(self) -> None:
        """Something that has nothing to do with the talk."""
        chance, desk = self.chance, self.desk
        draw = chance.random()
        if self.stopped and draw < 0.6:
            self._stop_or_go()
        elif self.down and draw < 0.6:
            self._cut_or_mend()
        elif draw < 0.4:
            self.show_market()
        elif draw < 0.7:
            self.wait(chance.choice((1, 50, 300, 900, 2_500)))
            self.show_market()
        elif draw < 0.74:
            self._stop_or_go()
        elif draw < 0.78:
            self._cut_or_mend()
        elif draw < 0.85:
            self._person_says()
        elif draw < 0.93:
            self._publish()
        elif draw < 0.96:
            desk.restart()
            self.forget_all()
            desk.log_on()
            desk.open_dealing()
            self._open_product()
            self.down = False
            self.judge()
            self.show_market()
        else:
            self.kind.hide(desk)
            self.judge()
            self.show_market()
        self.judge()

    def wait(self, milliseconds: int) -> None:
        """Time passes from timer to timer, so that it is known when what left did so."""
        ends_ns = self.desk.at_ns + milliseconds * 1_000_000
        timers = 0
        while self.desk.at_ns < ends_ns:
            timers += 1
            if timers > TIMERS_MAX:
                raise Breach("timers go off without end")
            due_ns = self.desk.engine.next_timer_ns()
            self.desk.at_ns = min(ends_ns, max(due_ns or ends_ns, self.desk.at_ns + 1))
            self.desk.pass_time()
            self.judge()

    def _stop_or_go(self) -> None:
        if self.stopped:
            self.desk.release()
        else:
            self.desk.kill()
            self.counts["kill switch"] += 1
        self.stopped = not self.stopped

    def _cut_or_mend(self) -> None:
        if self.down:
            self.desk.log_on()
        else:
            self.desk.log_out()
            self.forget_all()
            self.counts["session lost"] += 1
        self.down = not self.down

    def _person_says(self) -> None:
        """Somebody takes a quote of an ask of ours, or names a price in the game's place."""
        asks = [one for one in self.asks.values() if one.ask_id]
        if asks:
            asks[-1].interfere()

    def forget_all(self) -> None:
        """No quote stands any more, of either side."""
        for talk in self.clients.values():
            talk.standing = None
        for ask in self.asks.values():
            ask.forget()

    def _publish(self) -> None:
        value = self.kind.near(self.chance, 20)
        effects = self.desk.step(
            FixingPublished(
                index=FIXING,
                value_date=self.desk.day,
                value=value,
                published_at_ns=self.desk.at_ns,
                source="test",
            )
        )
        if not any(isinstance(one, AlertRaised) for one in effects):  # contradictions are refused
            self.fixing = Fraction(value)
            self.market = replace(self.market, fixing=self.fixing)

    # --- what left

    def off_band(self, price: Decimal) -> str:
        """What is wrong with a price that any strategy may say; empty = nothing."""
        away = abs(Fraction(price) - self.market.mid)
        spot = self.market.spot
        around = (Fraction(spot[0]) + Fraction(spot[1])) / 2 if spot else self.market.mid
        band = 10 * self.market.pip if self.market.is_loan else around * 25 / 10_000
        if away > band:
            return f"{price} is outside the price band"
        fresh_ns = 60 * SECOND_NS if self.market.is_loan else 2 * SECOND_NS
        if self.desk.state.now_ns - self.shown_ns > fresh_ns:
            return f"{price} on a stale market"
        return f"{price} is off the tick" if price % self.kind.tick else ""

    def judge(self) -> None:
        """Every effect that was not judged yet."""
        rows, self.judged = self.desk.history[self.judged :], len(self.desk.history)
        for effect in [effect for row in rows for effect in row]:
            self.counts[type(effect).__name__] += 1
            if isinstance(effect, SendQuote | SendAsk | CounterQuote | TakeQuote | ConcludeDeal):
                if isinstance(effect, ConcludeDeal) and effect in self.told_deals:
                    continue  # a deal that was made is told again, whatever is stopped since
                problem = self._silent() or self._problem(effect)
                if problem:
                    raise Breach(f"{problem}\n{effect}\n{self.written}\n{self.market}")
            elif isinstance(effect, AlertRaised) and effect.code == "STRATEGY_FAILED":
                if not (self.lies or OPENS_CROSSED in effect.text):
                    raise Breach(f"a game fails that does not lie\n{effect}\n{self.written}")
            elif isinstance(effect, Decided) and effect.kind == "GAME":
                ask = self.asks.get(effect.subject)
                if ask is not None and ask.silenced:
                    raise Breach(f"the game goes on where a person took over\n{effect}")

    @property
    def told_deals(self) -> list[ConcludeDeal]:
        """The deals that were made."""
        made = (talk.dealt_once for talk in self.clients.values())
        return [one for one in made if one is not None]

    def _silent(self) -> str:
        if self.stopped:
            return "something leaves in spite of the kill switch"
        return "something leaves without a session" if self.down else ""

    def _persons(self, effect: Any) -> bool:
        """Whether a person leads the ask that it is of."""
        return any(
            one.by_person and getattr(effect, "request_id", "") in one.makers
            for one in self.asks.values()
        )

    def _problem(self, effect: Any) -> str:
        now_ns = self.desk.state.now_ns
        bound = not (self.lies or self._persons(effect) or isinstance(effect, ConcludeDeal))
        if self.written.by and now_ns >= BY_NS and bound:
            return "it is after the time of day to end"
        if isinstance(effect, SendQuote):
            return self.clients[effect.request_id].shown(effect, now_ns)
        if isinstance(effect, ConcludeDeal):
            talks = [one for one in self.clients.values() if one.knows(effect.deal.quote_id)]
            return talks[0].dealt(effect, now_ns) if talks else "a deal on no quote of ours"
        if isinstance(effect, SendAsk):
            ask = self.asks.get(effect.ask_id) or self.asks[""]
            self.asks[effect.ask_id] = ask
            return ask.asked(effect, now_ns)
        ask = next(one for one in self.asks.values() if effect.request_id in one.makers)
        if isinstance(effect, CounterQuote):
            return ask.countered(effect, now_ns)
        return ask.took(effect, now_ns)


def _changes(table: Table) -> dict[str, Any]:
    more = table.kind.desk_changes()
    limits = more.get("limits", {})
    open_ = dict.fromkeys(("EUR", "USD"), "9000000000") | limits.get("net_open_position", {})
    return {
        "venues": VENUES,
        **more,
        "limits": {
            **limits,
            "orders_outstanding": 4,
            "counterparty_lines": dict.fromkeys(("BANKA", "BANKB", "BANKC"), "9000000000"),
            "net_open_position": open_,
            "messages_per_second": 10_000,
        },
        "quotes": {"life_ms": 5_000, "counters_max": WORDS_MAX},
        "asks": {"patience_ms": 1_000, "open_ms": 30_000, "counters_max": WORDS_MAX},
        "strategy": {
            "name": "games",
            "version": "1",
            "factory": "",
            "parameters": {},
            "games": [{"name": "x", "file": "x.game.yaml", "text": table.written.text("x")}],
            **({"game_factory": FACTORY} if table.lies else {}),
        },
    }


def play(table: Table) -> None:
    """One dialogue: a client's, or an ask of ours, or one of each at once."""
    chance = table.chance
    talks: list[ClientTalk | AskTalk] = []
    kind = chance.random()
    if kind < 0.55 or kind > 0.9 or table.quotes:
        talks.append(ClientTalk(table))
    if kind > 0.45 and not table.quotes:
        talks.append(AskTalk(table))
    for _ in range(chance.randint(2, 9)):
        chance.choice(talks).say()
        table.judge()
        if chance.random() < 0.35:
            table.disturb()
    for talk in talks:
        talk.leave()
        table.judge()


def run(
    dialogues: int,
    seed: int,
    *,
    first: int = 0,
    forgetful: bool = False,
    digest: hashlib._Hash | None = None,
) -> Counter[str]:
    """What left and happened, from dialogue `first` on; the first breach is raised.
    `digest` is fed with every effect as the journal would hold it.
    """
    set_decimal_context()
    counts: Counter[str] = Counter()
    for desk in range(first, first + dialogues, DIALOGUES_OF_A_DESK):
        count = min(DIALOGUES_OF_A_DESK, first + dialogues - desk)
        table = _played(seed, desk, count, forgetful=forgetful)
        counts += table.counts
        for row in encoded(table.desk.history) if digest is not None else ():
            assert digest is not None
            digest.update(row)
    return counts


def _played(seed: int, desk: int, count: int, *, forgetful: bool) -> Table:
    """The dialogues of one desk; a problem is told with what plays it again."""
    again = f"again: --seed {seed} --first {desk} --dialogues {count}"
    table = Table(random.Random(f"{seed} {desk}"), forgetful=forgetful)
    try:
        for _ in range(count):
            play(table)
            table.counts["dialogues"] += 1
    except Breach as breach:
        raise AssertionError(f"{again}: {breach}") from breach
    except Exception as problem:
        text = f"{again}: {type(problem).__name__}: {problem}"
        raise AssertionError(f"{text}\n{table.written.text('x')}") from problem
    return table


def part(dialogues: int, seed: int, first: int) -> tuple[Counter[str], int]:
    """A part of very many: what was counted, and the sum of its desks' digests."""
    warnings.simplefilter("error")  # as in the suite: a game that is warned fails
    counts: Counter[str] = Counter()
    number = 0
    for desk in range(first, first + dialogues, DIALOGUES_OF_A_DESK):
        digest, count = hashlib.sha256(), min(DIALOGUES_OF_A_DESK, first + dialogues - desk)
        counts += run(count, seed, first=desk, digest=digest)
        number += int.from_bytes(digest.digest()[:8], "big")
    return counts, number % in_parts.DIGEST


if __name__ == "__main__":
    from tests.fuzz.core_dialogues import part as play_part  # by its name, as other processes do

    sys.exit(in_parts.command(play_part, "through the core", __doc__, 2_000))
