"""A whole trader in this process: real FIX codec, inbox, agent, core and journal file; only the
sockets are missing.

Messages go in through the QuickFIX application's own callback and what would be sent is collected.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import quickfix as fix

from connectors.assembly import make_journal
from connectors.fix.dialect import Dialect
from connectors.fix.fields import FixMessage
from connectors.fix.session import (
    DealingApplication,
    FixSettings,
    FixVenues,
    MarketDataApplication,
    VenueSettings,
)
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.basics.ids import VenueId
from robot.clock import ManualClock
from robot.core.engine import Engine
from robot.inbox import Inbox
from robot.messages.events import (
    AnyEvent,
    DealingOpened,
    RobotStarted,
    SessionKind,
    SessionUp,
)
from robot.package import configuration_folder, fix_dictionary
from robot.settings import load_settings

TIME = "20261021-08:00:00.000"
SPOT = "20261023"


class _Timers:
    def due(self, at_ns: int) -> tuple[AnyEvent, ...]:
        return ()


class _CollectingVenues(FixVenues):
    """Every session counts as logged on; messages are kept instead of sent."""

    def __init__(self, settings: FixSettings) -> None:
        super().__init__(settings)
        self.sent: list[FixMessage] = []

    def _is_logged_on(self, session_id: fix.SessionID) -> bool:
        return True

    def _deliver(self, message: fix.Message, session_id: fix.SessionID, effect_id: str) -> bool:
        self.sent.append(FixMessage(message.toString()))
        return True


class InProcessRobot:
    """The shipped configuration at venue ALPHA, started and reconciled, dealing open."""

    def __init__(self, folder: Path) -> None:
        settings = load_settings(configuration_folder())
        venue = VenueSettings(
            id=VenueId("ALPHA"),
            host="127.0.0.1",
            port=1,
            sender="BANKCNBJ",
            target="ALPHA",
            dialect=Dialect(),
        )
        fix_settings = FixSettings(
            venues=(venue,),
            store=folder / "fix",
            dictionary=fix_dictionary(),
            venue_clock=True,
            inbound={},
            outbound={},
        )
        desk = settings.desk.model_copy(update={"data": folder / "data"})
        self.inbox = Inbox(may_wait=False)
        self.engine = Engine(load_strategy)
        self.venues = _CollectingVenues(fix_settings)
        self.journal = make_journal(msgspec.structs.replace(settings, desk=desk))
        self.agent = Agent(
            self.engine,
            self.journal,
            ManualClock(),
            self.inbox,
            _Timers(),  # type: ignore[arg-type]
            links={},
            unsent={},
        )
        self._dealing = DealingApplication(fix_settings, self.inbox, lambda mark: None)
        self._prices = MarketDataApplication(fix_settings, self.inbox)
        self._sequence = 0
        from datetime import date

        started = RobotStarted(
            trade_date=date(2026, 10, 21),
            reference=settings.reference,
            code_version="test",
            configuration_hash=settings.hash,
        )
        self.agent.begin(started, self.venues)

    def open_market(self) -> None:
        """Log on, reconcile with an empty record, open dealing, and have a price."""
        self.inbox.post(SessionUp(venue=VenueId("ALPHA"), kind=SessionKind.DEALING))
        self.inbox.post(DealingOpened(venue=VenueId("ALPHA"), product="SPOT"))
        self._turn()
        request = next(m for m in self.venues.sent if m.type == "AD").values[568]
        self.receive(f"35=AQ|568={request}|569=0|748=0|749=0|750=0|55=[N/A]")
        day, time = TIME.split("-")
        for symbol, bid, offer in (("EUR/USD", "1.10000", "1.10004"),):
            body = f"35=W|262=M1|55={symbol}|268=2|269=0|270={bid}|272={day}|273={time}|"
            body += f"269=1|270={offer}|272={day}|273={time}"
            self.receive(body, market_data=True)

    def request_message(self) -> str:
        """BANKA asks two-way for 1m EUR/USD."""
        return (
            "35=R|131=rq1|146=1|55=EUR/USD|167=FOR|38=1000000|15=EUR|303=2|537=1|"
            f"60={TIME}|453=1|448=BANKA|447=D|452=3"
        )

    def hit_message(self) -> str:
        """BANKA buys on the last quote sent."""
        quote = next(m for m in reversed(self.venues.sent) if m.type == "S")
        return (
            f"35=AJ|693=r1|117={quote.values[117]}|694=1|11=h1|453=1|448=BANKA|447=D|452=3|"
            f"55=EUR/USD|167=FOR|54=1|38=1000000|64={SPOT}|15=EUR|60={TIME}|40=D|44={quote.values[133]}"
        )

    def receive(self, body: str, *, market_data: bool = False) -> None:
        """One FIX message comes in and the core turns."""
        self._sequence += 1
        suffix = "MD" if market_data else "DEAL"
        head = f"49=ALPHA-{suffix}|56=BANKCNBJ-{suffix}|34={self._sequence}|52={TIME}|"
        kind, _, rest = body.partition("|")
        raw = f"8=FIX.4.4|9=0|{kind}|{head}{rest}|10=000|".replace("|", "\x01")
        message = fix.Message()
        message.setString(raw, False, fix.DataDictionary(str(fix_dictionary())))
        application = self._prices if market_data else self._dealing
        session_id = fix.SessionID("FIX.4.4", f"BANKCNBJ-{suffix}", f"ALPHA-{suffix}")
        application.fromApp(message, session_id)
        self._turn()

    def sent_types(self) -> list[str]:
        """MsgTypes sent so far, in order."""
        return [message.type for message in self.venues.sent]

    def _turn(self) -> None:
        self.agent.turn(self.inbox.take(64, 0.0))
