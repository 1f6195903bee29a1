"""What a game learns: from own outcomes only, the same from the same, frozen before it deals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from backtest.games.cli import app
from backtest.games.learning import learned
from backtest.games.learning_steps import learned_version
from backtest.games.own_outcomes import OwnDay, OwnOutcome, own_day_of
from backtest.records.columns import Tables, Value
from backtest.records.parts import read_tables, write_part
from robot.assembly import load_strategy
from robot.core.games import version_of
from robot.deals.reference import StrategyChoice
from robot.errors import ConfigurationError, RobotError
from robot.messages.effects import AlertRaised
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import learned_of
from strategies.games.desk.loading import load_game
from strategies.games.sealed.heard import Learned
from tests.kit.copies import FILE, profit_of_copies
from tests.kit.desk import Desk
from tests.kit.own_requests import known_log, record_of
from tests.kit.releases import ReleaseDesk

GAME = """# ours
game: {name: eur won, kind: quote, version: 3}
applies: {role: maker, product: spot, pair: EUR/USD}
quote:
  margin: {gold: 0.27 bp, silver: 0.13 bp}  # half the spread
  asked with: 3 others
  win: {least margin: 0.05 bp, most margin: 1 bp}
  guard: {costs: 0.1 bp, at most: 0.3 bp}
"""
LOG = known_log(1_000)
NEVER_LOOKED_AT = ("rivals", "rival_bid", "rival_offer")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_of(LOG, tmp_path_factory.mktemp("learned"), minutes=60)


@pytest.fixture(scope="module")
def tables(run: Path) -> Tables:
    return read_tables(run / "records")


def text_of(place: Path, *, freeze: bool = True, text: str = GAME) -> str:
    return learned_version(text, "x.game.yaml", [place], "", freeze=freeze).text


def changed(tables: Tables, table: str, **columns: list[Value]) -> Tables:
    return {**tables, table: {**tables[table], **columns}}


def win_of(text: str) -> Learned:
    state = learned_of(text, "x")
    assert state is not None and state.win is not None
    return state.win


def test_own_requests_are_counted_as_won_or_lost_at_the_distance_quoted(run: Path) -> None:
    win = win_of(text_of(run))
    won, lost = win.newer["done/3"], win.newer["away/3"]
    assert win.total == sum(won) + sum(lost)
    assert sum(won) == pytest.approx(LOG.dealt.sum(), abs=25)  # but for those off the grid
    mean = sum(float(win.grid.price(place)) * count for place, count in enumerate(won)) / sum(won)
    assert mean == pytest.approx(float(LOG.distance[LOG.dealt].mean()), abs=0.01)


def test_the_same_days_give_the_same_bytes_and_are_heard_once(run: Path) -> None:
    once = text_of(run)
    assert text_of(run) == once
    assert text_of(run, text=once) == once
    state = learned_of(once, "x")
    assert state is not None and state.outcomes == win_of(once).total + _off_grid(once)


def _off_grid(text: str) -> int:
    return 1_000 - win_of(text).total


def test_what_other_dealers_did_changes_nothing(run: Path, tables: Tables, tmp_path: Path) -> None:
    count = len(tables["requests"]["at_ns"])
    prices: list[Value] = [1_000_000_000 + 7 * place for place in range(count)]
    rivals: list[Value] = [place % 9 for place in range(count)]
    others = changed(tables, "requests", rivals=rivals, rival_bid=prices, rival_offer=prices[::-1])
    assert set(NEVER_LOOKED_AT) == {name for name in others["requests"] if name.startswith("rival")}
    write_part(tmp_path / "records", 1, others)
    assert text_of(tmp_path) == text_of(run)


def test_own_outcomes_do_change_it(run: Path, tables: Tables, tmp_path: Path) -> None:
    """The control of the test above."""
    dealt = ["DEALT"] * len(tables["requests"]["at_ns"])
    write_part(tmp_path / "records", 1, changed(tables, "requests", outcome=list(dealt)))
    assert text_of(tmp_path) != text_of(run)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        *((name, True) for name in ("DEALT", "PASSED", "EXPIRED", "REJECTED")),
        *((name, False) for name in ("WITHDRAWN", "REPLACED", "REFUSED", "OPEN", "PULLED")),
    ],
)
def test_only_words_of_the_other_side_on_prices_that_stood_count(
    tables: Tables, outcome: str, counts: bool
) -> None:
    every: list[Value] = [outcome] * len(tables["requests"]["at_ns"])
    applies = read_game(GAME, "x").applies
    found = own_day_of(changed(tables, "requests", outcome=every), applies, "bp").outcomes
    assert bool(found) is counts
    assert all(one.won is (outcome == "DEALT") for one in found)


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ("pair: USD/JPY", 0),
        ("pair: EUR/USD, tiers: [gold]", int((LOG.tier == 0).sum())),
        ("pair: EUR/USD, side: buy", 500),
        ("pair: EUR/USD, amount: 2m to 500m", int((LOG.size >= 2).sum())),
        ("pair: EUR/USD, counterparties: [BANKsilver]", int((LOG.tier == 1).sum())),
    ],
)
def test_only_requests_that_the_game_is_meant_for_count(
    tables: Tables, other: str, left: int
) -> None:
    applies = read_game(GAME.replace("pair: EUR/USD", other), "x").applies
    assert len(own_day_of(tables, applies, "bp").outcomes) == left


def test_markouts_of_own_deals_are_kept_by_client(tables: Tables) -> None:
    deal: dict[str, Value] = {
        "at_ns": 2_000_000_000_000_000_000,
        "deal_id": "D1",
        "counterparty": "BANKA",
        "product": "SPOT",
        "pair": "EUR/USD",
        "side": "SELL",
        "size": 100_000_000,
        "mid": 1_250_000_000,
        "spot_mid": 1_250_000_000,
        "pip": 100_000,
        "spot_only": True,
        "as_taker": False,
        "void": False,
        "tier": "gold",
    }
    mark: dict[str, Value] = {"deal_id": "D1", "horizon_s": 60, "mid": 1_250_125_000}
    both = {
        **tables,
        "deals": _one(tables, "deals", deal),
        "markouts": _one(tables, "markouts", mark),
    }
    day = own_day_of(both, read_game(GAME, "x").applies, "bp")
    state, told = learned(read_game(GAME, "x"), [day])
    assert told.deals == 1
    assert state.clients["BANKA"].mean == pytest.approx(-1.0)  # we sold, and it rose by 1 bp


def _one(tables: Tables, table: str, row: dict[str, Value]) -> dict[str, list[Value]]:
    return {name: [row.get(name)] for name in tables[table]}


def test_a_first_time_needs_enough_requests(tables: Tables) -> None:
    day = own_day_of(tables, read_game(GAME, "x").applies, "bp")
    few = OwnDay(outcomes=day.outcomes[:49])
    with pytest.raises(RobotError, match="49 requests of its kind: 50 are the least"):
        learned(read_game(GAME, "x"), [few])


def test_a_version_is_unfrozen_unless_it_is_said_and_an_unfrozen_one_is_refused(run: Path) -> None:
    text = text_of(run, freeze=False)
    line = text.splitlines().index(next(row for row in text.splitlines() if "learned:" in row)) + 1
    told = rf"x\.game\.yaml:{line}: learned: is not frozen: only a frozen version can be released"
    with pytest.raises(ConfigurationError, match=told):
        load_game({"text": text, "file": "x.game.yaml"})
    load_game({"text": text_of(run), "file": "x.game.yaml"})


def _choice(text: str) -> StrategyChoice:
    game = {"name": "eur won", "file": "x.game.yaml", "text": text}
    row = {"name": "games", "version": "2", "factory": "", "parameters": {}, "games": [game]}
    return msgspec.convert(row, StrategyChoice)


def test_an_unfrozen_version_is_neither_live_nor_a_candidate(run: Path) -> None:
    unfrozen = _choice(text_of(run, freeze=False))
    desk = ReleaseDesk(staged=False).begin()
    reference = desk.state.reference
    assert reference is not None
    for stage in ("SHADOW", "SUGGEST", "CANARY"):
        desk.enter(stage, unfrozen)
        assert desk.state.reference.candidate is None, stage
    desk.agree(strategy=unfrozen)
    assert desk.state.reference.strategy == reference.strategy
    (told,) = desk.all(AlertRaised)
    assert told.code == "REFERENCE_NOT_APPLIED"
    assert "x.game.yaml:9: learned: is not frozen: only a frozen version" in told.text
    desk.enter("SHADOW", _choice(text_of(run)))
    assert desk.state.reference.candidate is not None


def test_a_desk_with_an_unfrozen_game_does_not_start(run: Path) -> None:
    reference = Desk().reference
    wrong = msgspec.structs.replace(reference, strategy=_choice(text_of(run, freeze=False)))
    with pytest.raises(ConfigurationError, match=r"x\.game\.yaml:\d+: learned: is not frozen"):
        version_of(wrong, load_strategy)


def test_a_frozen_file_is_the_start_of_the_next_version_and_stays_as_it_is(
    run: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "1.game.yaml", tmp_path / "2.game.yaml"
    own = tmp_path / "own.game.yaml"
    own.write_text(GAME)
    run_ = CliRunner()
    arguments = ["learn", str(own), "--from", str(run), "--out", str(first), "--freeze"]
    assert run_.invoke(app, arguments).exit_code == 0
    before = first.read_bytes()
    told = run_.invoke(app, ["learn", str(first), "--from", str(run), "--out", str(second)])
    assert told.exit_code == 0 and "not frozen: it decides nothing yet" in told.stdout
    assert first.read_bytes() == before and own.read_text() == GAME
    assert "# half the spread" in second.read_text()
    again = run_.invoke(app, arguments)
    assert "not written over" in str(again.exception)


def test_a_game_without_win_or_guard_learns_nothing() -> None:
    plain = GAME[: GAME.index("  asked with")]
    with pytest.raises(RobotError, match="where it has `win` or `guard`"):
        learned(read_game(plain, "x"), [OwnDay()])


def test_requests_without_a_number_of_others_are_left_out_and_told() -> None:
    text = GAME.replace("asked with: 3 others", "asked with: {gold: 3 others}")
    rows = tuple(
        OwnOutcome(
            at_ns=10**18 + place * 10**9,
            name=str(place),
            counterparty="BANKA",
            tier=("gold", "silver")[place % 2],
            far=Decimal(place) / 1000,
            won=place % 3 == 0,
        )
        for place in range(120)
    )
    _, told = learned(read_game(text, "x"), [OwnDay(outcomes=rows)])
    assert told.requests == 60 and told.untold == 60


def test_less_than_a_tenth_tried_out_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 10%: copies that look less"):
        read_game(GAME.replace("win: {", "win: {try out: 5 %, "), "x")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_copies_in_self_play_stay_below_1_08_of_the_equilibrium(seed: int) -> None:
    """The compliance test of learning, through the files that a desk would release each day."""
    profit = profit_of_copies(FILE % "", days=16, requests=250, seed=seed)
    assert profit.mean() < 1.05  # 1.08 is the limit; from the first day on
    assert profit[8:].mean() < 1.05
    assert profit[8:].mean() > 0.9  # they learned to compete, not to give away
