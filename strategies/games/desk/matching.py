"""Whether a game can match anything: products, sides, dates and roles that go together, and parts
of the file for the other role. What cannot is a problem of the file, with what to write; what only
has no effect is a doubt (`doubts`).
"""

from __future__ import annotations

from robot.deals.product import ProductKind
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import SIDES, Applies, Panel, Quoting

_LOAN_SIDES = ("borrow", "lend")
_WITH_DATES = (ProductKind.SWAP, ProductKind.DEPOSIT, ProductKind.REPO)


def check_applies(part: Section, applies: Applies, side: str, *, pairs: bool, money: bool) -> None:
    """Products against pairs (`pairs`), currencies (`money`), dates and `side`, as written."""
    loans = [kind for kind in applies.products if kind.is_loan]
    others = [kind for kind in applies.products if not kind.is_loan]
    if loans and pairs and not money:
        part.wrong("pair", f"{_told(loans)} is of one currency: write currency: CNY, not a pair")
    if others and money and not pairs:
        part.wrong("currency", f"{_told(others)} is of a pair: write pair: EUR/USD")
    if applies.products and pairs and money and not (loans and others):
        key = "currency" if others else "pair"
        part.wrong(key, f"no {_told(applies.products)} has one: it would match nothing")
    _check_side(part, applies, side, pairs=pairs, money=money)
    without = [kind for kind in applies.products if kind not in _WITH_DATES]
    if applies.days is not None and without:
        part.wrong("tenor", f"{_told(without)} has one date, and a tenor runs between two: leave it"
                            " out, or leave that product out")  # fmt: skip


def _check_side(part: Section, applies: Applies, side: str, *, pairs: bool, money: bool) -> None:
    """Money is borrowed and lent, pairs are bought and sold."""
    if not side or side not in SIDES:
        return
    only_loans = all(kind.is_loan for kind in applies.products) if applies.products else (
        money and not pairs
    )  # fmt: skip
    only_pairs = not any(kind.is_loan for kind in applies.products) if applies.products else (
        pairs and not money
    )  # fmt: skip
    if side in _LOAN_SIDES and not only_loans:
        what = _told(applies.products) or "what is of a pair, which this is for, too,"
        text = f"{what} is bought and sold: write buy or sell, or product: deposit"
        part.wrong("side", text)
    if side not in _LOAN_SIDES and only_loans and not only_pairs:
        right = "borrow" if side == "buy" else "lend"
        part.wrong("side", f"money is borrowed and lent: write {right}")


def check_role(part: Section, applies: Applies, *, quotes: bool) -> None:
    """Clients against asks of ours. `quotes` = it is a game that only answers requests."""
    if quotes and applies.role == "taker":
        part.wrong("role", "a quote answers clients' requests: write maker, or kind: negotiate")
    for key, named in (("tiers", applies.tiers), ("counterparties", applies.counterparties)):
        if not named or quotes or applies.role == "maker":
            continue
        text = "of clients, and asks of ours have none: banks are chosen under ask (always, never)"
        if applies.role == "taker":
            part.wrong(key, text)
        else:
            part.doubt(key, f"{text}, so this holds for clients' requests only")
    for name in applies.counterparties:
        if name.lower().startswith("tier "):
            tiers = ", ".join(name[5:].replace(",", " ").replace(" and ", " ").split())
            part.wrong("counterparties", f"{name!r} is no name: write tiers: [{tiers}]")


def check_talk(whole: Section, applies: Applies) -> None:
    """Who asks."""
    if applies.role == "maker" and "ask" in whole:
        whole.wrong("ask", "is for asks of ours, and this game has role: maker: one has to go")


def check_panel(part: Section, panel: Panel) -> None:
    """Numbers of banks that cannot be met."""
    if panel.rotate_least > panel.banks:
        text = f"{panel.rotate_least} of {panel.banks} banks"
        part.wrong("at least longest not asked", f"{text}: ask more, or write less")
    twice = sorted({name for name in panel.always if panel.always.count(name) > 1})
    if twice:
        part.wrong("always", f"{', '.join(twice)} is named twice")


def check_quote(part: Section, applies: Applies, found: Quoting) -> None:
    """Tiers that would get no price."""
    if applies.tiers and found.margins:
        bare = [tier for tier in applies.tiers if tier not in found.margins]
        if bare:
            text = f"none for {', '.join(bare)}, which applies.tiers has: they would get no price"
            part.wrong("margin", f"{text}; write one, or take the tier out there")


def _told(kinds: list[ProductKind] | tuple[ProductKind, ...]) -> str:
    return ", ".join(str(kind).lower() for kind in kinds)
