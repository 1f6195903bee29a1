"""A whole conversation in every dialect: the client's request, our quote, its hit, our fill and the
venue's record of it, each as text; the core between them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect, HaircutForm, SwapStyle
from connectors.fix.encode import message_for
from connectors.fix.encoded import Encoded
from connectors.fix.fields import SOH, Fields, FixMessage, first
from robot.deals.product import ProductKind
from robot.messages.base import Wire
from robot.messages.effects import ConcludeDeal, RefuseHit, RefuseRfq, SendQuote
from robot.messages.events import TradeReported
from tests.kit.desk import Desk
from tests.kit.fix import ALPHA, SESSION
from tests.kit.fix_products import AT_NS, PRESETS, dialect
from tests.kit.products import desk_of_all_products

SPOT = date(2014, 5, 5)
TAKER = "|453=1|448=BANKA|447=D|452=3"
REPEATED = (55, 15, 38, 64, 193, 192, 541, 48, 120)
"""What a hit repeats of the quote."""


def fix_text(kind: str, body: str) -> FixMessage:
    return FixMessage(f"8=FIX.4.4|35={kind}|34=7|{body}|".replace("|", SOH))


def text_of(encoded: Encoded) -> FixMessage:
    parts = [f"{tag}={value}" for tag, value in encoded.fields]
    for group in encoded.groups:
        parts.append(f"{group.count_tag}={len(group.entries)}")
        parts += [f"{tag}={value}" for entry in group.entries for tag, value in entry]
    return fix_text(encoded.type, "|".join(parts))


def told(desk: Desk, kind: str, body: str, spoken: Dialect) -> list[FixMessage]:
    """What the robot sends when the venue says this."""
    (event,) = events_from(fix_text(kind, body), ALPHA, spoken, SESSION)
    effects = desk.step(event)
    wires = [effect for effect in effects if isinstance(effect, Wire)]
    refused = [effect for effect in wires if isinstance(effect, RefuseRfq | RefuseHit)]
    assert [] == refused
    wanted = [effect for effect in wires if isinstance(effect, SendQuote | ConcludeDeal)]
    return [text_of(message_for(effect, spoken, AT_NS)) for effect in wanted]


def asked(product: ProductKind, spoken: Dialect) -> str:
    """The entry of a request, as the venue's clients write it."""
    marker = "|".join(f"{tag}={value}" for tag, value in spoken.marker(product))
    pair = spoken.symbol("USD/CNY" if product is ProductKind.NDF else "EUR/USD")
    if product.is_loan:
        code = "R007" if product is ProductKind.REPO else "IBO007"
        symbol = f"48={code}|55={code}" if spoken.loan_symbol == "CONTRACT" else "55=CNY|15=CNY"
        entry = f"{symbol}|{marker}|54={spoken.borrow_side}|38=10000000|6216={code}"
        return entry + _pledged(spoken) if product is ProductKind.REPO else entry
    entry = f"55={pair}|{marker}|54=1|38=1000000|15={pair[:3]}"
    if product is ProductKind.SPOT:
        return f"{entry}|64={SPOT:%Y%m%d}"
    if product is not ProductKind.SWAP:
        return f"{entry}|6215=1M" + ("|120=USD" if product is ProductKind.NDF else "")
    if spoken.swap_style is SwapStyle.LEGS:
        legs = f"|555=2|600={pair}|624=1|687=1000000|587=0|600={pair}|624=2|687=1000000|587=M1"
        return entry + legs
    return f"{entry}|40=G|6216=1M"


def _pledged(spoken: Dialect) -> str:
    value = "10325=95" if spoken.haircut_form is HaircutForm.CONVERSION_RATIO else "882=100|6898=5"
    return f"|711=1|311=170013|309=170013|879=11000000|{value}"


def hit(product: ProductKind, quoted: FixMessage, spoken: Dialect) -> str:
    """The client deals, at what the quote says for it."""
    values = quoted.values
    said = "|".join(f"{tag}={values[tag]}" for tag in REPEATED if tag in values)
    marker = "|".join(f"{tag}={value}" for tag, value in spoken.marker(product))
    body = f"11=c1|117={values[117]}|{said}|{marker}"
    if product.is_loan:  # we lend, at our offer
        return f"{body}|40=D|54={spoken.borrow_side}|44={values[133]}"
    if product is not ProductKind.SWAP:
        return f"{body}|40=D|54=1|44={values[133]}"
    if spoken.swap_style is SwapStyle.LEGS:  # the client buys near: our bid for the points
        legs = quoted.group(555, 600)
        group = "|".join(
            f"600={first(leg, 600)}|624={side}|687={first(leg, 687)}|588={first(leg, 588)}"
            for leg, side in zip(legs, "12", strict=True)
        )
        return f"{body}|40=D|54=1|44={values[1065]}|555=2|{group}"
    points = Decimal(values[642]) - Decimal(values[189])
    if spoken.swap_hit == "POINTS":
        return f"{body}|40=G|54=1|44={points:f}"
    far = Decimal(values[132]) + points
    return f"{body}|40=G|54=1|44={values[132]}|640={far:f}"


def reported(fill: FixMessage) -> str:
    """The venue's record: the fields of the fill, its side in a group."""
    kept: Fields = [field for field in fill.fields if field[0] not in (8, 9, 35, 34, 54, 10)]
    body = "|".join(f"{tag}={value}" for tag, value in kept)
    return f"571=T1|{body}|552=1|54={fill.values[54]}|448=BANKA|452=3"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(ProductKind))
def test_a_conversation_ends_in_the_deal_that_the_venue_reports(
    preset: str, product: ProductKind
) -> None:
    factors = {pair: Decimal(10_000) for pair in ("EUR/USD", "USD/CNY")}
    spoken = replace(dialect(preset), points_factors=factors)
    desk = desk_of_all_products()
    (quoted,) = told(desk, "R", f"131=rq1|146=1|{asked(product, spoken)}{TAKER}", spoken)
    assert quoted.type == "S"
    (fill,) = told(desk, "D", hit(product, quoted, spoken) + TAKER, spoken)
    assert ("8", "F") == (fill.type, fill.values[150])
    (deal,) = desk.state.deals.values()
    (record,) = events_from(fix_text("AE", reported(fill)), ALPHA, spoken, SESSION)
    assert isinstance(record, TradeReported)
    assert record == replace(
        record,
        pair=deal.pair,
        side=deal.side,
        base_amount=deal.base_amount,
        rate=deal.rate,
        far_rate=deal.far_rate,
        value_date=deal.value_date,
        far_value_date=deal.far_value_date,
        trade_date=deal.trade_date,
        exec_id=deal.exec_id,
    )
    assert product == deal.kind
