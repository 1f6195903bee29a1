"""The desks of FIX scenarios, what people do there, and what can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import msgspec

from robot.basics.holidays import CalendarId
from robot.basics.ids import VenueId
from robot.deals.reference import Reference, VenueReference
from robot.messages import orders
from robot.messages.effects import Decided
from robot.messages.events import (
    DealingOpened,
    HaltCleared,
    KillSwitchPulled,
    KillSwitchReleased,
    RobotStopping,
)
from tests.kit.desk import Desk
from tests.kit.fix_scene import FixScene
from tests.kit.products import CURVES, curve_quote, desk_of_all_products
from tests.kit.ruled import rules
from tests.kit.script import amount_of, change_of


def scene_of(words: list[str], at: str) -> FixScene:
    """An open desk as `desk:` lines describe it."""
    changes: dict[str, Any] = {}
    preset = "fix44"
    closed: list[list[str]] = []
    for word in words:
        if word in DESKS:
            changes |= DESKS[word]()
        elif word.startswith("dialect="):
            preset = word.removeprefix("dialect=")
        elif word.startswith("ALPHA."):
            name, _, value = word.removeprefix("ALPHA.").partition("=")
            changes.setdefault("venues", _ordering()["venues"])[0][name] = value == "yes"
        elif word.startswith("holiday="):
            closed.append(word.removeprefix("holiday=").split(":"))
        elif word != "products":
            change_of(changes, word)
    if "products" not in words:
        return FixScene(Desk(at, **changes), preset).open()
    desk = Desk(at)
    asked = changes.pop("venues", None)
    facts = _closed_on(desk_of_all_products(**changes).reference, closed)
    desk.reference = _with_makers(facts, asked[0]) if asked is not None else facts
    scene = FixScene(desk, preset).open()
    for row in CURVES:
        curve_quote(desk, *row)
    return scene


def _closed_on(facts: Reference, days: list[list[str]]) -> Reference:
    """`holiday=USD:2014-06-05`: a day on which a currency's place is closed."""
    calendars = dict(facts.calendars)
    for currency, day in days:
        name = CalendarId(currency)
        holidays = {**calendars[name].holidays, date.fromisoformat(day): "made up"}
        calendars[name] = msgspec.structs.replace(calendars[name], holidays=holidays)
    return msgspec.structs.replace(facts, calendars=calendars)


def _with_makers(facts: Reference, row: dict[str, Any]) -> Reference:
    """The desk of all products, its makers at ALPHA as in a `desk:` of its own."""
    changes = {name: row[name] for name in ("counterparty", "makers") if name in row}
    alpha = msgspec.convert(msgspec.to_builtins(facts.venues[0]) | changes, VenueReference)
    return msgspec.structs.replace(facts, venues=(alpha, *facts.venues[1:]))


def _hedging() -> dict[str, Any]:
    """EUR/USD: more than 3m either way is brought back to 1m by orders to ALPHA, where BANKB deals
    them, at most 2 bp from the price shown.
    """
    policy = {"pair": "EUR/USD", "band": "3000000", "target": "1000000", "clip": "4000000"}
    return _ordering() | {"hedges": [policy | {"slippage_bp": "2", "interval_ms": 1000}]}


def _asking() -> dict[str, Any]:
    """Makers at ALPHA are asked; they may be dealt with like anybody else."""
    lines = dict.fromkeys(("BANKA", "BANKB", "BANKC"), "9000000")
    changes = _ordering()
    changes["venues"][0] |= {"makers": sorted(lines)}
    changes["limits"] |= {"counterparty_lines": lines, "orders_outstanding": 20}
    return changes


def _streaming() -> dict[str, Any]:
    """EUR/USD is streamed at ALPHA to BANKB, 1m and 5m."""
    stream = {"venue": "ALPHA", "pair": "EUR/USD", "amounts": ["1000000", "5000000"]}
    return {"streams": [stream | {"counterparty": "BANKB"}]}


def _ordering() -> dict[str, Any]:
    """Orders by hand, to ALPHA, where BANKB deals them."""
    return {
        "venues": [
            {"id": "ALPHA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"},
            {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]},
        ],
        "limits": {
            "orders_outstanding": 4,
            "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000"},
        },
    }


HAGGLING = """book "haggling"
for spot in EUR/USD
rule "no further" when rounds >= 7 then pass "no further"
rule "close" when their price is known and side is sell and our price - their price <= 0.1 pip
  then counter their price no worse than mid + 0.1 pip valid 3 s
rule "they buy" when their price is known and side is sell
  then counter our price + (their price - our price) / 2 no worse than mid + 0.1 pip valid 3 s
rule "they sell" when their price is known
  then counter our price + (their price - our price) / 2 no worse than mid - 0.1 pip valid 3 s
otherwise quote margin 0.2 pip valid 3 s
"""
"""Meets them half way, to a tenth of a pip from the middle."""


def _haggling() -> dict[str, Any]:
    return {"strategy": rules(HAGGLING)}


GAME = """game: {name: patient buyer, kind: negotiate, version: 1}
applies: {role: taker}
my terms: {walk-away: -1 pip, aim: 0.1 pip, open at: 0.5 pip}
pace: {style: even, messages: 4, within: 20 s, smallest step: 0.1 pip}
ask: {banks: 2, always: [BANKA, BANKB], at most: 3}
"""
"""Opens half a pip better than the middle, deals up to a pip worse than it."""


SELLING = """game: {name: patient seller, kind: negotiate, version: 1}
applies: {role: maker, product: spot}
my terms: {walk-away: 0.1 pip, aim: 0.5 pip, open at: 1 pip}
pace: {style: even, messages: 4, within: 20 s, smallest step: 0.1 pip}
"""
"""Answers clients: a pip from the middle at first, a tenth of it at worst."""


def _gaming() -> dict[str, Any]:
    """Asks of ours may be led by a game, and another one answers clients."""
    games = [
        {"name": "patient buyer", "file": "buyer.game.yaml", "text": GAME},
        {"name": "patient seller", "file": "seller.game.yaml", "text": SELLING},
    ]
    return _asking() | {
        "strategy": {
            "name": "games",
            "version": "1",
            "factory": "",
            "parameters": {},
            "games": games,
            "game_factory": "strategies.games.desk.loading:load_game",
        }
    }


DESKS: dict[str, Callable[[], dict[str, Any]]] = {
    "hedging": _hedging,
    "ordering": _ordering,
    "asking": _asking,
    "streaming": _streaming,
    "haggling": _haggling,
    "gaming": _gaming,
}


def _kill(scene: FixScene, words: list[str]) -> None:
    scene.step(KillSwitchPulled(actor="compliance", reason="test"))


def _release(scene: FixScene, words: list[str]) -> None:
    scene.step(KillSwitchReleased(actor="compliance", reason="test"))


def _clear(scene: FixScene, words: list[str]) -> None:
    halt = " ".join(words)
    scene.step(HaltCleared(actor="compliance", reason="looked at", halt=halt))


def _stop(scene: FixScene, words: list[str]) -> None:
    scene.step(RobotStopping())


def _open(scene: FixScene, words: list[str]) -> None:
    """`open ALPHA SPOT`: the schedule opens dealing of a product."""
    scene.step(DealingOpened(venue=VenueId(words[0]), product=words[1]))


def _restart(scene: FixScene, words: list[str]) -> None:
    """`restart limits.counterparty_lines.BANKA=1000`: with other limits, nothing logged on."""
    changes: dict[str, Any] = {}
    for word in words:
        change_of(changes, word)
    scene.restart(**changes)


def _order(scene: FixScene, words: list[str]) -> None:
    """`order BUY 4m EUR/USD LIMIT 1.10010 FOK`."""
    side, size, pair, kind, *more = words
    price = Decimal(more.pop(0)) if kind == "LIMIT" else None
    _wanted(
        scene,
        orders.OrderWanted,
        venue="ALPHA",
        pair=pair,
        side=side,
        amount=amount_of(size),
        kind=kind,
        price=price,
        time_in_force=more[0],
    )


def _change(scene: FixScene, words: list[str]) -> None:
    """`change C1 amount=5m price=1.1`."""
    named = dict(word.split("=") for word in words[1:])
    if "amount" in named:
        named["amount"] = amount_of(named["amount"])
    _wanted(scene, orders.OrderChangeWanted, order_id=words[0], **named)


def _cancel(scene: FixScene, words: list[str]) -> None:
    """`cancel C1`, or `cancel all`."""
    order_id = "" if words[0] == "all" else words[0]
    _wanted(scene, orders.OrderCancelWanted, order_id=order_id)


def _ask(scene: FixScene, words: list[str]) -> None:
    """`ask BANKB,BANKC BUY 5m EUR/USD patience_ms=5000`; `game=patient_buyer` leads it."""
    makers, side, size, pair, *more = words
    more = [word.replace("_", " ") if word.startswith("game=") else word for word in more]
    _wanted(
        scene,
        _of_asks("AskWanted"),
        venues=["ALPHA"],
        makers=makers.split(","),
        side=side,
        amount=amount_of(size),
        pair=pair,
        **dict(word.split("=") for word in more),
    )


def _take(scene: FixScene, words: list[str]) -> None:
    """`take s1`: a maker's quote to the ask that was last made."""
    _wanted(scene, _of_asks("AskTaken"), ask_id=_last_ask(scene), quote_id=words[0])


def _counter(scene: FixScene, words: list[str]) -> None:
    """`counter s1 1.10005`."""
    event = _of_asks("AskCountered")
    _wanted(scene, event, ask_id=_last_ask(scene), quote_id=words[0], price=words[1])


def _last_ask(scene: FixScene) -> str:
    said: list[Any] = [effect for turn in scene.desk.history for effect in turn]
    return str([one.ask_id for one in said if type(one).__name__ == "SendAsk"][-1])


def _of_asks(name: str) -> Any:
    """Looked up late: messages that nothing handles yet are not loaded by tests of others."""
    return getattr(import_module("robot.messages.asks"), name)


def _wanted(scene: FixScene, event: Any, **fields: Any) -> None:
    """Somebody wants something; each wish has a name of its own."""
    request = f"wanted{len(scene.desk.stepped)}"
    content = {"actor": "trader", "reason": "test", "request": request, **fields}
    known = {name: content[name] for name in event.__struct_fields__ if name in content}
    scene.step(msgspec.convert(known | {"type": event.__name__}, event, strict=False))


DOES: dict[str, Callable[[FixScene, list[str]], None]] = {
    "kill": _kill,
    "release": _release,
    "clear": _clear,
    "stop": _stop,
    "open": _open,
    "restart": _restart,
    "order": _order,
    "change": _change,
    "cancel": _cancel,
    "ask": _ask,
    "take": _take,
    "counter": _counter,
}
"""What people do with the robot: the first word of a `desk` row."""


def _top(scene: FixScene, name: str) -> str:
    pair, venue = name.split(" @ ")
    shown = scene.desk.state.market.pairs.get(pair)
    top = shown.tops.get(VenueId(venue)) if shown is not None else None
    sides = (top.bid, top.offer) if top is not None else (None, None)
    return "/".join("-" if side is None else str(side) for side in sides)


def _held(scene: FixScene, name: str) -> str:
    """Every limit on which something is reserved."""
    accounts = scene.desk.state.gate.accounts
    held = [
        str(limit)
        for limit, account in accounts.items()
        if account.reserved_up or account.reserved_down
    ]
    return " ".join(sorted(held)) or "nothing"


def _limit(scene: FixScene, name: str) -> str:
    account = scene.desk.state.gate.accounts[name]
    return f"used {account.utilisation} held +{account.reserved_up}/-{account.reserved_down}"


def _order_stage(scene: FixScene, name: str) -> str:
    order = scene.desk.state.orders.get(name)
    return "over" if order is None else f"{order.stage} {order.remaining:f} left"


def _flows(scene: FixScene, name: str) -> str:
    """What a currency's position is on a value date."""
    currency, day = name.split(" on ")
    for position in scene.desk.state.ledger.all_positions():
        if position.currency == currency and position.value_date == date.fromisoformat(day):
            return f"{position.amount:f}"
    return "0"


def _why(scene: FixScene, name: str) -> str:
    """What the record gives as the reason of the last refusal, with its numbers."""
    decisions = (e for turn in reversed(scene.desk.history) for e in reversed(turn))
    refused = (e for e in decisions if isinstance(e, Decided) and e.outcome == "REFUSED")
    found = next(refused)
    return f"{found.reason} {found.detail}"


LOOKS: dict[str, Callable[[FixScene, str], str]] = {
    "why": _why,
    "position": lambda scene, name: f"{scene.desk.state.ledger.net_position(name):f}",
    "cash": _flows,
    "limit": _limit,
    "held": _held,
    "top": _top,
    "order": _order_stage,
    "orders": lambda scene, name: str(len(scene.desk.state.orders)),
    "quotes": lambda scene, name: str(len(scene.desk.state.quotes)),
    "asks": lambda scene, name: str(len(scene.desk.state.asks)),
    "deals": lambda scene, name: str(len(scene.desk.state.deals)),
    "requests": lambda scene, name: str(len(scene.desk.state.negotiations)),
    "halts": lambda scene, name: "; ".join(scene.desk.state.halts) or "none",
    "answers": lambda scene, name: "within 2 s" if scene.slowest_s <= 2 else "slower than 2 s",
}
"""What a `look` row can look at: its first word."""
