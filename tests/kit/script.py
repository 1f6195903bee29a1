"""Scenarios as text tables: who did what when, and all that the robot said.

    == a client deals on a two-way quote
    desk: limits.messages_per_second=2
    09:30:00.000 | ALPHA | PRICE EUR/USD 1.10000/1.10010  |
    09:30:05.000 | BANKA | RFQ R1 1m EUR/USD two-way      | QUOTE Q1 R1 1.10003/1.10007 until …

The last column is everything said, in order, `;` between; empty = nothing. A line that begins with
`|` continues it. Ids are short: `Q1` is today's first quote, `Q1@0501` the first one of 1 May.
`BANKA@BETA` is a client at another venue than ALPHA. The desk is open from the first row on, unless
it says `desk: closed`. `look` rows compare a figure of the state instead: `LIMIT id`,
`POSITION EUR`, `RESULT EUR/USD`. `rules:` rows are the rule book that answers, `person` quotes or
passes what it leaves to a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from robot.basics.ids import VenueId
from robot.market.snapshot import Mid
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    BreakFound,
    BreakResolved,
    ConcludeDeal,
    DayClosed,
    DealBooked,
    DealingStateChanged,
    QuoteEnded,
    RefuseHit,
    RefuseRfq,
    RejectMessage,
    RequestTrades,
    SendOrder,
    SendQuote,
    SubscribeMarket,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.events import (
    FollowersLagging,
    HaltCleared,
    RfqEnding,
    RobotStopping,
    SessionKind,
    SessionUp,
    VenueStatusChanged,
    VenueTrading,
)
from robot.messages.hosting import AskPerson, RequestAnswered
from tests.kit.desk import ORIGIN, Desk
from tests.kit.ruled import rules

_ID = re.compile(r"\b([A-Z])(\d{4})(\d{4})-0*(\d+)\b")
_SHORT = re.compile(r"^([A-Z])(\d+)(?:@(\d{4}))?$")


@dataclass
class Row:
    """One line of a scenario."""

    line: int
    clock: str
    who: str
    what: str
    expected: str


@dataclass
class Scenario:
    """A named table and how the desk is configured for it."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)
    closed: bool = False
    rows: list[Row] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def read_scenarios(path: Path) -> list[Scenario]:
    """All scenarios of a file."""
    found: list[Scenario] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("=="):
            found.append(Scenario(line.strip("= ")))
        elif line.startswith("desk:"):
            _configure(found[-1], line.removeprefix("desk:").split())
        elif line.startswith("rules:"):
            found[-1].rules.append(line.removeprefix("rules:"))
        elif line.startswith("|"):
            found[-1].rows[-1].expected += " " + line.strip("| ")
        else:
            cells = [cell.strip() for cell in line.split("|")]
            assert len(cells) == 4, f"{path.name}:{number}: four columns are due"
            found[-1].rows.append(Row(number, *cells))
    return found


def _configure(scenario: Scenario, words: list[str]) -> None:
    for word in words:
        if word == "closed":
            scenario.closed = True
            continue
        change_of(scenario.changes, word)


def change_of(changes: dict[str, Any], word: str) -> None:
    """Add `limits.counterparty_lines.BANKA=1` to the changes of a desk."""
    name, _, value = word.partition("=")
    section, *inner = name.split(".")
    target = changes.setdefault(section, {})
    for part in inner[:-1]:
        target = target.setdefault(part, {})
    target[inner[-1]] = value


def play(scenario: Scenario) -> None:
    """Play a scenario; the first row that was answered otherwise fails, with what was said."""
    if scenario.rules:
        scenario.changes["strategy"] = rules("\n".join(scenario.rules) + "\n")
    desk = Desk(scenario.rows[0].clock, **scenario.changes)
    desk.start() if scenario.closed else desk.open()
    for row in scenario.rows:
        desk.at(row.clock)
        said = _look(desk, row.what) if row.who == "look" else _told(desk, row)
        expected = [part.strip() for part in row.expected.split(";") if part.strip()]
        assert expected == said, f"line {row.line}: {row.what}\n  said: {'; '.join(said)}"


def _told(desk: Desk, row: Row) -> list[str]:
    """Do what a row says; everything the robot said to it."""
    before = len(desk.history)
    verb, *words = row.what.split()
    who, _, venue = row.who.partition("@")
    doers: dict[str, Callable[..., None]] = {
        "desk": _desk,
        "clock": lambda desk, verb, words: desk.pass_time(),
        "person": _person,
    }
    if who in doers:
        doers[who](desk, verb, words)
    elif who in desk.state.venues:
        _venue(desk, who, verb, words)
    else:
        _client(desk, who, venue or "ALPHA", verb, words)
    return [
        told
        for effects in desk.history[before:]
        for told in map(_speaker(desk.day), effects)
        if told
    ]


def _desk(desk: Desk, verb: str, words: list[str]) -> None:
    match verb:
        case "KILL":
            desk.kill()
        case "RELEASE":
            desk.release()
        case "OPEN":
            desk.open_dealing(words[0])
        case "CLOSE":
            desk.close_dealing(words[0])
        case "ROLL":
            desk.roll(int(words[0]) if words else 1)
        case "RESTART":
            desk.restart()
        case "STOP":
            desk.step(RobotStopping())
        case "CLEAR":
            halt = " ".join(_long(word, desk.day) for word in words)
            desk.step(HaltCleared(actor="compliance", reason="looked at", halt=halt))
        case "LAG":
            desk.step(FollowersLagging(names=tuple(words), detail="behind"))
        case _:
            raise AssertionError(f"the desk does not {verb}")


def _person(desk: Desk, verb: str, words: list[str]) -> None:
    """Answers the last request that waits: `QUOTE 1.1/1.2`, `PASS`."""
    prices = words[0].split("/") if words else ("-", "-")
    bid, offer = (None if price == "-" else Decimal(price) for price in prices)
    asked = desk.state.rules.asked
    answer = RequestAnswered(
        actor="ann", reason="test", ask=asked, bid=bid, offer=offer, passed=verb == "PASS"
    )
    desk.step(answer)


def _venue(desk: Desk, venue: str, verb: str, words: list[str]) -> None:
    trading = {"HALT": VenueTrading.HALTED, "OPEN": VenueTrading.OPEN, "CLOSE": VenueTrading.CLOSED}
    match verb:
        case "PRICE":
            bid, offer = (None if side == "-" else side for side in words[1].split("/"))
            desk.market(bid, offer, words[0], venue)
        case "LOGON":
            desk.step(SessionUp(venue=VenueId(venue), kind=SessionKind[words[0]]))
        case "LOGOUT":
            desk.log_out(venue, SessionKind[words[0]])
        case "TRADES":
            desk.count_trades(venue, -1 if words[0] == "untold" else int(words[0]))
        case "TRADE":
            changes: dict[str, Any] = {"is_last": words[-1] == "last"}
            if len(words) > 2:
                changes[words[1]] = Decimal(words[2])
            desk.report_trade(_long(words[0], desk.day), venue=venue, **changes)
        case "REJECT":
            desk.reject(_long(words[0], desk.day), venue=venue)
        case "ENDS":
            ending = RfqEnding[words[1]]
            desk.end_rfq(quote=_long(words[0], desk.day), ending=ending, venue=venue)
        case _:
            status = trading[verb]
            desk.step(VenueStatusChanged(origin=ORIGIN, venue=VenueId(venue), status=status))


def _client(desk: Desk, name: str, venue: str, verb: str, words: list[str]) -> None:
    client = None if name == "NOBODY" else name
    match verb:
        case "RFQ":
            options = _options(words[4:], desk.day)
            side = None if words[3] == "two-way" else words[3]
            for entry, size in enumerate(words[1].split("+"), 1):
                amount = amount_of(size)
                desk.rfq(
                    amount,
                    words[2],
                    client=client,
                    side=side,
                    request=words[0],
                    entry=entry,
                    venue=venue,
                    **options,
                )
        case "HIT":
            hit, quote, side, size, pair = words[:5]
            options = _options(words[5:], desk.day)
            quote_id = _long(quote, desk.day)
            desk.hit(
                quote_id,
                side,
                amount_of(size),
                client=client,
                hit=hit,
                venue=venue,
                pair=pair,
                **options,
            )
        case "PASS":
            desk.end_rfq(quote=_long(words[0], desk.day), venue=venue)
        case "WITHDRAW":
            desk.end_rfq(request=words[0], ending=RfqEnding.WITHDRAWN, venue=venue)
        case _:
            raise AssertionError(f"a client does not {verb}")


def _options(words: list[str], day: date) -> dict[str, Any]:
    """`stream 10`, `open 500`, `value 2014-05-05`, `currency USD`, `product SWAP`, `at 1.1`."""
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "stream": ("stream_s", int),
        "open": ("open_ms", int),
        "value": ("value_date", date.fromisoformat),
        "currency": ("currency", str),
        "product": ("product", str),
        "at": ("price", str),
    }
    options = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        key, reader = readers[name]
        options[key] = reader(value)
    return options


def amount_of(text: str) -> str:
    """`5m` in plain digits."""
    return f"{(Decimal(text[:-1]) * 1_000_000).normalize():f}" if text.endswith("m") else text


def _long(text: str, day: date) -> str:
    """`Q20140501-000001` from `Q1`, or from `Q1@0501`; other texts as they are."""
    found = _SHORT.match(text)
    if found is None:
        return text
    letter, number, month_day = found.groups()
    return f"{letter}{day:%Y}{month_day or f'{day:%m%d}'}-{int(number):06d}"


def _speaker(day: date) -> Callable[[AnyEffect], str]:
    def short(found: re.Match[str]) -> str:
        letter, _, month_day, number = found.groups()
        return f"{letter}{number}" + ("" if month_day == f"{day:%m%d}" else f"@{month_day}")

    return lambda effect: _ID.sub(short, _said(effect))


def _said(effect: AnyEffect) -> str:
    """One effect in the scenario's words; empty = not for the table."""
    match effect:
        case SendQuote():
            prices = f"{_or_dash(effect.bid)}/{_or_dash(effect.offer)}"
            text = f"QUOTE {effect.quote_id} {effect.rfq_id} {prices} until"
            text += f" {_clock(effect.valid_until_ns)}"
            return text + (f" replaces {effect.replaces}" if effect.replaces else "")
        case WithdrawQuote():
            return f"PULL {effect.quote_id} {effect.reason}"
        case WithdrawAllQuotes():
            return f"PULL ALL {effect.venue}"
        case RefuseRfq():
            return f"NO {effect.rfq_id} {effect.reason}"
        case RefuseHit():
            return f"NO {effect.hit_id} {effect.reason}"
        case ConcludeDeal(deal=deal):
            text = (
                f"FILL {deal.exec_id} {deal.quote_id} {deal.side} {deal.base_amount:f} {deal.pair}"
            )
            return f"{text} {deal.rate} value {deal.value_date}"
        case DealBooked(deal=deal):
            base, counter = deal.flows
            flows = f"{base.currency} {base.amount:+f} {counter.currency} {counter.amount:+f}"
            return f"BOOKED {deal.deal_id} {flows}"
    return _said_of_the_day(effect)


def _said_of_the_day(effect: AnyEffect) -> str:
    match effect:
        case QuoteEnded():
            return f"ENDED {effect.quote_id} {effect.ending}"
        case RequestTrades():
            return f"TRADES? {effect.request_id} {effect.trade_date}"
        case SubscribeMarket():
            return f"SUBSCRIBE {effect.venue}"
        case AlertRaised():
            return f"ALERT {effect.code}"
        case BreakFound():
            return f"BREAK {effect.kind} {effect.exec_id}"
        case BreakResolved():
            return f"RESOLVED {effect.break_id}"
        case DealingStateChanged():
            names = [halt.partition(":")[0] for halt in effect.halts]
            return f"HALTED {', '.join(names)}" if names else "FREE"
        case DayClosed():
            return f"DAY CLOSED {effect.trade_date}"
        case RejectMessage():
            return f"NOT UNDERSTOOD {effect.message_type}"
        case AskPerson():
            return f"PERSON? {effect.rfq_id} {effect.reason}"
        case SendOrder():
            return f"ORDER {effect.order_id} {effect.side} {effect.amount:f} {effect.price}"
    return ""


def _look(desk: Desk, what: str) -> list[str]:
    kind, name = what.split()
    if kind == "LIMIT":
        account = desk.state.gate.accounts[name]
        return [f"used {account.utilisation} held +{account.reserved_up}/-{account.reserved_down}"]
    if kind == "POSITION":
        return [f"{desk.state.ledger.net_position(name):f}"]
    assert kind == "RESULT", f"nobody can look at {kind}"
    market = desk.state.market.mid(name, desk.at_ns, desk.reference.market)
    assert isinstance(market, Mid), market
    return [f"{desk.state.ledger.result(name, market.mid, lambda day: None, desk.day).result:.2f}"]


def _or_dash(price: Decimal | None) -> str:
    return "-" if price is None else str(price)


def _clock(at_ns: int) -> str:
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    return f"{moment:%H:%M:%S}.{at_ns // 1_000_000 % 1000:03d}"
