"""A trader in this process whose strategy runs in a real process of its own.

Engine, agent, inbox, journal file and the trader's end of the host are those of production; the
venue only collects what is sent to it. The host's process is the supervisor's.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

from connectors.assembly import make_host, make_journal
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, HitId, QuoteId, RfqId, VenueId
from robot.clock import SystemClock, utc_datetime
from robot.core.engine import Engine
from robot.deals.party import SELL
from robot.host_places import PLACES, wanted
from robot.inbox import Inbox
from robot.messages.base import Origin, Wire
from robot.messages.effects import AnyEffect, Decided, RefuseRfq, RequestTrades, SendQuote
from robot.messages.events import (
    AnyEvent,
    DealingOpened,
    HitReceived,
    MarketUpdated,
    RfqReceived,
    RobotStarted,
    RobotStopping,
    SessionKind,
    SessionUp,
    Stamped,
    TradesCounted,
)
from robot.messages.releases import ShadowDecided
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.supervisor import Watched

ALPHA = VenueId("ALPHA")
EUR_USD = CurrencyPair("EUR/USD")
ORIGIN = Origin(session="BANKCNBJ-DEAL->ALPHA-DEAL", sequence=1)


def configure(folder: Path, code: str, **host: object) -> Settings:
    """The shipped desk with this strategy; without code its own, in the core."""
    config = folder / "config"
    shutil.copytree(configuration_folder(), config, ignore=shutil.ignore_patterns("fix"))
    (config / "mine.py").write_text(code, encoding="utf-8")
    yaml = YAML()
    desk = yaml.load(config / "desk.yaml")
    desk["data"] = str(folder / "data")
    if code:
        desk["strategy"] = {
            "name": "mine",
            "version": "1",
            "file": "mine.py",
            "parameters": {"margin": "0.4"},
            "host": host,
        }
    yaml.dump(desk, config / "desk.yaml")
    return load_settings(config)


class _Timers:
    def due(self, at_ns: int) -> tuple[AnyEvent, ...]:
        return ()


class _Engine(Engine):
    """Keeps its decisions for the test to see."""

    def __init__(self) -> None:
        super().__init__(load_strategy)
        self.decided: list[Decided] = []
        self.shadows: list[ShadowDecided] = []

    def step(self, stamped: Stamped) -> tuple[AnyEffect, ...]:
        effects = super().step(stamped)
        self.decided += [effect for effect in effects if isinstance(effect, Decided)]
        self.shadows += [effect for effect in effects if isinstance(effect, ShadowDecided)]
        return effects


class _Venue:
    def __init__(self) -> None:
        self.sent: list[tuple[Wire, int]] = []

    def send(self, effect: Wire, effect_id: str) -> bool:
        self.sent.append((effect, time.perf_counter_ns()))
        return True


class HostRobot:
    """Started, reconciled, dealing open; the main loop turns on a thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.engine = _Engine()
        self.inbox = Inbox(may_wait=False)
        self.venue = _Venue()
        self.journal = make_journal(settings)
        self.host = make_host(settings)
        self.agent = Agent(
            self.engine,
            self.journal,
            self.clock,
            self.inbox,
            _Timers(),  # type: ignore[arg-type]
            links={},
            unsent={},
            host=self.host,
        )
        self.watched = {name: Watched(name, settings) for name in PLACES}
        self._ending = threading.Event()
        self._requests = 0
        self._begin()

    def _begin(self) -> None:
        self.host.start(self.inbox, 0)
        started = RobotStarted(
            trade_date=utc_datetime(self.clock.now_ns()).date(),
            reference=self.settings.reference,
            code_version="test",
            configuration_hash=self.settings.hash,
        )
        self.agent.begin(started, self.venue)  # type: ignore[arg-type]
        self._thread = threading.Thread(
            target=self.agent.run, args=(lambda: not self._ending.is_set(),), daemon=True
        )
        self._thread.start()
        for kind in (SessionKind.MARKET_DATA, SessionKind.DEALING):
            self.inbox.post(SessionUp(venue=ALPHA, kind=kind))
        self.inbox.post(DealingOpened(venue=ALPHA, product="SPOT"))
        self.wait(lambda: self.sent(RequestTrades))
        request = self.sent(RequestTrades)[0].request_id
        self.inbox.post(TradesCounted(origin=ORIGIN, venue=ALPHA, request_id=request, total=0))
        self.tick()

    def sent(self, kind: type) -> list[Wire]:  # type: ignore[type-arg]
        return [effect for effect, _ in self.venue.sent if isinstance(effect, kind)]

    def tick(self, bid: str = "1.10000", offer: str = "1.10010") -> None:
        self.inbox.post(
            MarketUpdated(venue=ALPHA, pair=EUR_USD, bid=Decimal(bid), offer=Decimal(offer))
        )

    def wait(self, reached: Callable[[], object], seconds: float = 20.0) -> None:
        """Until something holds, with the supervisor looking after the host."""
        deadline = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < deadline, f"not reached; {self.log()}"
            for name in wanted(self.settings.run_folder) or ():
                self.watched[name].look()
            time.sleep(0.002)

    def wait_ready(self) -> None:
        self.wait(lambda: self.engine.state.host.ready)

    def ask(self, amount: int) -> tuple[SendQuote | RefuseRfq, int]:
        """A client asks; what it is answered, and after how many nanoseconds."""
        self.tick()
        self._requests += 1
        name = f"R{self._requests}"
        known = len(self.venue.sent)
        begun = time.perf_counter_ns()
        self.inbox.post(
            RfqReceived(
                origin=ORIGIN,
                venue=ALPHA,
                request_id=name,
                rfq_id=RfqId(name),
                counterparty=CounterpartyId("BANKA"),
                pair=EUR_USD,
                product="SPOT",
                amount=Decimal(amount),
            )
        )
        found: list[tuple[SendQuote | RefuseRfq, int]] = []

        def answered() -> bool:
            found.extend(
                (effect, at_ns - begun)
                for effect, at_ns in self.venue.sent[known:]
                if isinstance(effect, SendQuote | RefuseRfq) and effect.request_id == name
            )
            return bool(found)

        self.wait(answered)
        return found[0]

    def because(self, amount: int) -> str:
        """Ask, be quoted, and what the strategy said of it."""
        answer, _ = self.ask(amount)
        assert isinstance(answer, SendQuote), (answer, self.log())
        found = [one for one in self.engine.decided if one.quote_id == answer.quote_id]
        return "; ".join(found[-1].because)

    def hit(self, quote: SendQuote) -> None:
        """The client buys on a quote."""
        self.inbox.post(
            HitReceived(
                origin=ORIGIN,
                venue=ALPHA,
                hit_id=HitId(f"H{quote.quote_id}"),
                quote_id=QuoteId(quote.quote_id),
                counterparty=CounterpartyId("BANKA"),
                pair=EUR_USD,
                side=SELL,
                amount=quote.amount,
            )
        )
        assert self.inbox.wait_drained(5)

    def log(self) -> str:
        """What the host's process wrote."""
        path = self.settings.data / "log" / "host.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def stop(self) -> None:
        if self._ending.is_set():
            return
        self._ending.set()
        self.inbox.wake()
        self._thread.join(5)
        self.agent.end(RobotStopping())
        self.host.stop()
        for watched in self.watched.values():
            watched.stop()
        self.journal.close()
