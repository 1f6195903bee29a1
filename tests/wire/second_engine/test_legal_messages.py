"""What the trader writes, read by another engine with a dictionary that is not ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.fix.encode import message_for
from robot.basics.ids import VenueId
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.messages.base import Wire
from robot.messages.effects import ConcludeDeal, RequestTrades, SubscribeMarket, WithdrawAllQuotes
from tests.kit.fix_orders import every_order
from tests.kit.fix_products import AT_NS, EURUSD, TRADE, deal, dialect, on_the_wire, quote
from tests.wire.second_engine.scene import DEAL, DEAL_SP2, SecondEngine, second_engine_or_skip

pytestmark = pytest.mark.wire

ALPHA = VenueId("ALPHA")
FOUND_RIGHT = {"problem": "", "strange": [], "values": [], "short": []}
PLEDGED = [309, 311, 879, 882, 6898]
"""With a tag that it does not know (6898) a dictionary ends the row, and the group with it."""
DEVIATIONS = {
    "fix44 SendQuote NDF": {"strange": [120, 6217, 6218]},
    "fix44 SendQuote DEPOSIT": {"strange": [120]},
    "fix44 SendQuote REPO": {"strange": [120, *PLEDGED], "short": [711]},
    "fix44 ConcludeDeal SWAP": {"strange": [6219]},
    "fix44 ConcludeDeal NDF": {"strange": [6217, 6218]},
    "fix44 ConcludeDeal REPO": {"strange": PLEDGED, "short": [711]},
    "fix50sp2 SendQuote NDF": {"strange": [6217, 6218]},
    "fix50sp2 SendQuote REPO": {"strange": PLEDGED, "short": [711]},
    "fix50sp2 ConcludeDeal NDF": {"strange": [6217, 6218]},
    "fix50sp2 ConcludeDeal REPO": {"strange": PLEDGED, "short": [711]},
}
"""User tags of the dialects, and 120, which FIX 4.4 has in fills but not in quotes: what a venue's
own dictionary must know (docs/second-engine.md).
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[SecondEngine]:
    second_engine_or_skip()
    engine = SecondEngine()
    yield engine
    engine.close()


def written() -> Iterator[tuple[str, Wire]]:
    """One of each kind of message, of each product; a deal on either side."""
    for product in ProductKind:
        yield f"SendQuote {product}", quote(product)
        for side in (BUY, SELL):
            yield f"ConcludeDeal {product}", ConcludeDeal(venue=ALPHA, deal=deal(product, side))
    for effect in every_order():
        yield type(effect).__name__, effect
    curves = ("EUR/USD", "CNY REPO")
    yield (
        "SubscribeMarket",
        SubscribeMarket(venue=ALPHA, subscription_id="M1", pairs=(EURUSD,), curves=curves),
    )
    yield "RequestTrades", RequestTrades(venue=ALPHA, request_id="T1", trade_date=TRADE)
    yield "WithdrawAllQuotes", WithdrawAllQuotes(venue=ALPHA, reason="x")


@pytest.mark.parametrize(("preset", "session"), [("fix44", DEAL), ("fix50sp2", DEAL_SP2)])
def test_the_engine_has_only_the_known_against_what_we_write(
    engine: SecondEngine, preset: str, session: str
) -> None:
    found = {}
    for name, effect in written():
        since = len(engine.told)
        frame = on_the_wire(message_for(effect, dialect(preset), AT_NS), preset).raw
        engine.do("check", session, raw=frame)
        told = engine.wait("checked", session, since=since)
        against = {key: told[key] for key in FOUND_RIGHT if told[key] != FOUND_RIGHT[key]}
        if against:
            found[f"{preset} {name}"] = {key: sorted(value) for key, value in against.items()}
    assert found == {name: what for name, what in DEVIATIONS.items() if name.startswith(preset)}
