"""What the record says of each bank that we asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robot.messages.asks import TakeQuote
from robot.messages.orders import OrderReport
from tests.kit.asks import Asking, three_quotes
from tests.kit.recording import recorded


def outcomes(scene: Asking) -> dict[str, str]:
    table = recorded(scene.desk).tables()["asks"]
    return dict(zip(map(str, table["counterparty"]), map(str, table["outcome"]), strict=True))


def of_b(scene: Asking, name: str) -> object:
    table = recorded(scene.desk).tables()["asks"]
    return table[name][table["counterparty"].index("BANKB")]


def asked() -> Asking:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA", "BANKB"))
    return scene


def declined(scene: Asking) -> None:
    scene.refuse("BANKB")
    scene.later(3_100)


def silent(scene: Asking) -> None:
    scene.later(3_100)


def cut_short(scene: Asking) -> None:
    scene.withdraw()


def indicated(scene: Asking) -> None:
    scene.quote("BANKB", "1.09998", "1.10008", tradeable=False)
    scene.later(3_100)


def dearer(scene: Asking) -> None:
    scene.quote("BANKB", "1.09998", "1.10029")
    scene.later(3_100)


def gone(scene: Asking) -> None:
    scene.desk.log_out()


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [
        (declined, "DECLINED"),
        (silent, "SILENT"),
        (cut_short, "CUT"),
        (indicated, "UNFIT"),
        (dearer, "ANSWERED"),
        (gone, "CUT"),
    ],
)
def test_what_a_bank_did_is_told_in_one_word(
    happens: Callable[[Asking], None], outcome: str
) -> None:
    scene = asked()
    happens(scene)
    assert outcomes(scene)["BANKB"] == outcome


@pytest.mark.parametrize(
    ("report", "outcome"), [(OrderReport.TRADE, "DEALT"), (OrderReport.REJECTED, "REJECTED")]
)
def test_a_hit_of_ours_was_dealt_on_or_rejected(report: OrderReport, outcome: str) -> None:
    scene = three_quotes()
    scene.report(scene.desk.one(TakeQuote), report)
    assert outcomes(scene) == {"BANKA": "ANSWERED", "BANKB": outcome, "BANKC": "ANSWERED"}


def test_the_best_of_a_banks_prices_stands_beside_the_middle_of_its_moment() -> None:
    scene = asked()
    scene.quote("BANKB", "1.10000", "1.10030", "S1")
    scene.desk.market("1.10020", "1.10030")
    scene.quote("BANKB", "1.10000", "1.10025", "S2")  # it was never closer to the middle
    scene.quote("BANKB", "1.10000", "1.10040", "S3")
    scene.later(3_000)
    assert of_b(scene, "price") == 1_100_250_000 and of_b(scene, "mid") == 1_100_250_000
    assert of_b(scene, "distance") == 0 and of_b(scene, "quotes") == 3
    assert of_b(scene, "amount") == 100_000_000 and of_b(scene, "ended_as") == "NOT_DEALT"


def test_a_price_that_came_when_no_market_was_fit_has_no_middle() -> None:
    scene = asked()
    scene.desk.after(2_500)  # the market is stale from 2 s on
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.later(1_000)
    assert of_b(scene, "mid") is None and of_b(scene, "outcome") == "NO_MIDDLE"


def test_an_ask_that_is_not_over_is_open() -> None:
    assert outcomes(asked()) == {"BANKA": "OPEN", "BANKB": "OPEN"}
