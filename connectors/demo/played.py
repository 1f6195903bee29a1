"""What the game strategies of a demo did: what they asked and said, what came of it, with whom.

What a game decided is read from the robot's records of decisions; what was said and dealt is the
venue's own record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from connectors.sim.makers.rows import MakerQuote
from connectors.sim.makers.talk import price_on
from connectors.sim.products import deals_at_offer
from connectors.sim.record import VenueRecord
from connectors.store.views import Decision

KINDS = ("ASK", "RFQ", "COUNTER", "GAME", "TAKE")
"""Of the decisions that a game may have a part in."""
NONE = "none"
"""Tactic of a bank that does not haggle."""
_BY_GAME = re.compile(r"game (?P<quote>['\"])(?P<name>.+)(?P=quote)")

Key = tuple[str, str]
"""Venue, and somebody's name for something there."""


class Talks(msgspec.Struct, kw_only=True):
    """Negotiations of one kind."""

    asks: int = 0
    """Asks of ours that it led; for clients, requests that it answered a price in."""
    counters: int = 0
    """Prices that it said to a price of theirs."""
    deals: int = 0
    after_counter: int = 0
    """Of the deals, those in which a price was said after the first quote."""
    bettered: int = 0
    """Of those, at a better price for us than the bank's first."""
    other_amount: int = 0
    """Of the deals, those over another amount than the ask's."""
    other_tenor: int = 0
    walked_away: int = 0
    """Talks that one of the two left with a word."""


class Played(msgspec.Struct, kw_only=True):
    """Games by name, and the tactics of those they played with."""

    games: dict[str, Talks]
    tactics: dict[str, Talks]
    """Of the banks that we asked."""
    clients: dict[str, Talks]
    """Of the clients who haggled with a game of ours."""
    judged: int = 0
    """Deals held against the walk-away of their game (`walk_aways.py`)."""
    past_walk_away: int = 0


@dataclass(frozen=True, slots=True)
class Led:
    """Which games had a hand in what."""

    asks: dict[str, str]
    """By the ask's id."""
    counters: dict[Key, str]
    """By the maker's quote that was answered."""
    takes: dict[Key, Decision]
    """By our order, those of a game."""
    answers: dict[Key, Decision]
    """By our quote, those that a game made."""


def game_of(decision: Decision) -> str:
    """The game that decided; empty = none did."""
    found = (_BY_GAME.fullmatch(reason) for reason in decision.because)
    return next((one["name"] for one in found if one is not None), "")


def led(decisions: Iterable[Decision]) -> Led:
    """What games did, by the robot's records of decisions."""
    found = Led({}, {}, {}, {})
    for row in decisions:
        quote = (row.venue, row.quote_id or "")
        match row.kind:
            case "ASK" if row.outcome == "SENT" and row.facts.get("game"):
                found.asks[row.subject] = row.facts["game"]
            case "GAME" if row.outcome == "COUNTERED":
                found.counters[quote] = row.strategy
            case "TAKE" if row.outcome == "SENT" and game_of(row):
                found.takes[row.venue, row.subject] = row
            case "RFQ" | "COUNTER" if row.outcome == "QUOTED" and game_of(row):
                found.answers[quote] = row
    return found


def played(record: VenueRecord, decisions: Sequence[Decision]) -> Played:
    """Everything that games did in a demo."""
    found = Played(games={}, tactics={}, clients={})
    known = led(decisions)
    _asked(found, record, known, decisions)
    _answered(found, record, known)
    for name in ("games", "tactics", "clients"):
        setattr(found, name, dict(sorted(getattr(found, name).items())))
    return found


def _talks(rows: dict[str, Talks], name: str) -> Talks:
    return rows.setdefault(name, Talks())


def _asked(found: Played, record: VenueRecord, known: Led, decisions: Sequence[Decision]) -> None:
    """Asks of ours."""
    for game in known.asks.values():
        _talks(found.games, game).asks += 1
    for row in decisions:
        if row.kind == "GAME" and row.outcome == "WALKED_AWAY":
            _talks(found.games, row.strategy).walked_away += 1
    talked: dict[Key, str] = {}
    ways = {
        (row.venue, row.request_id): row.tactic
        for row in record.counters
        if row.request_id is not None and row.tactic
    }  # one that came too late for its quote names none
    for counter in record.counters:
        game = known.counters.get((counter.venue, counter.quote_id), "")
        if not game or counter.request_id is None:
            continue
        request = (counter.venue, counter.request_id)
        name = ways.get(request, NONE)
        tactic = _talks(found.tactics, name)
        _talks(found.games, game).counters += 1
        tactic.counters += 1
        tactic.asks += request not in talked
        tactic.walked_away += counter.answer == "walked_away"
        talked[request] = name
    _taken(found, record, known, talked)


def _taken(found: Played, record: VenueRecord, known: Led, talked: dict[Key, str]) -> None:
    """Deals on quotes of banks; `talked` = the tactic by request, where there was a counter."""
    quotes = {(row.venue, row.quote_id): row for row in record.maker_quotes}
    first: dict[Key, MakerQuote] = {}
    for quote in record.maker_quotes:
        first.setdefault((quote.venue, quote.request_id), quote)
    for deal in record.maker_deals:
        take, quoted = known.takes.get((deal.venue, deal.hit_id)), (deal.venue, deal.quote_id or "")
        if take is None or quoted not in quotes:
            continue
        request = (deal.venue, quotes[quoted].request_id)
        tactic = talked.get(request)
        rows = [_talks(found.games, game_of(take))]
        rows += [_talks(found.tactics, tactic)] if tactic is not None else []
        before, price = (price_on(one, deal.side) for one in (first[request], quotes[quoted]))
        assert before is not None and price is not None, "what is dealt on is quoted"
        at_offer = deals_at_offer(deal.product, deal.side)
        for one in rows:
            one.deals += 1
            one.after_counter += tactic is not None
            one.bettered += price < before if at_offer else price > before
            one.other_amount += "amount" in take.facts
            one.other_tenor += "tenor" in take.facts


def _answered(found: Played, record: VenueRecord, known: Led) -> None:
    """Requests of clients."""
    offers = {
        (row.venue, row.answer_quote_id): row
        for row in record.counter_offers
        if row.answer_quote_id is not None
    }
    seen: set[tuple[str, Key]] = set()
    requests: dict[Key, Key] = {
        (q.venue, q.quote_id): (q.venue, q.request_id) for q in record.quotes
    }
    for quote, decision in known.answers.items():
        if quote not in requests:
            continue  # it did not come
        offer, talks = offers.get(quote), _talks(found.games, game_of(decision))
        for name, row in ((game_of(decision), talks), *_client(found, offer)):
            row.asks += (name, requests[quote]) not in seen
            seen.add((name, requests[quote]))
            row.counters += offer is not None
    for fill in record.fills:
        quote = (fill.venue, fill.quote_id or "")
        if quote not in known.answers:
            continue
        offer = offers.get(quote)
        talks = _talks(found.games, game_of(known.answers[quote]))
        for _, row in (("", talks), *_client(found, offer)):
            row.deals += 1
            row.after_counter += offer is not None


def _client(found: Played, offer: object) -> tuple[tuple[str, Talks], ...]:
    tactic = getattr(offer, "tactic", None)
    return ((str(tactic), _talks(found.clients, str(tactic))),) if tactic is not None else ()


def told(found: Played) -> list[str]:
    """In words, a line for each game and each way that others haggle."""
    lines = [f"game {name}: {_words(row)}" for name, row in found.games.items()]
    for whom, rows in (("bank", found.tactics), ("client", found.clients)):
        lines += [f"  {whom} playing {name}: {_words(row)}" for name, row in rows.items()]
    lines.append(
        f"past the walk-away of their game: {found.past_walk_away} of {found.judged} deals held "
        "against the venues' middle"
    )
    return lines


def _words(row: Talks) -> str:
    better = f", {row.bettered} at better than their first price" if row.bettered else ""
    moved = ((row.other_amount, "another amount"), (row.other_tenor, "another tenor"))
    told = "".join(f", {count} of {what} than asked for" for count, what in moved if count)
    return (
        f"{row.asks} talks, {row.counters} counters said, {row.deals} deals "
        f"({row.after_counter} after a counter{better}{told}), {row.walked_away} walked away"
    )
