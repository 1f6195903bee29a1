"""A trader's numbers as the calibration judges them: of a game file of kind quote, or of `two_way`.

Amounts in M of base currency, distances in basis points of the middle. Numbers in pips are turned
into basis points at the middle of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backtest.games.own_requests import OwnRequests
from robot.basics.currency import base_of
from robot.basics.numbers import ZERO
from robot.deals.reference import Reference
from robot.errors import ConfigurationError, RobotError
from strategies.games.desk.file import HEDGE, QUOTE, read_game
from strategies.games.desk.terms import Game, Hedge, Quoting
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep, Written
from strategies.games.quoting.franchise import Floats, Places
from strategies.two_way import TwoWay

MILLION = 1_000_000.0
NOT_QUOTED = float("inf")
_TWO_WAY = "strategies.two_way:TwoWay"


@dataclass(frozen=True, slots=True)
class Ladders:
    """What `two_way` quotes: a margin by tier and size, a lean without the deal's own half."""

    steps: tuple[tuple[tuple[float, float], ...], ...]
    """By tier: up to this size (M) this margin (bp)."""
    lean: float
    """bp for each M."""
    lean_max: float
    hedge: Band

    def distances(self, held: Floats, tier: Places, size: Floats, sign: Places) -> Floats:
        """As `Authored.distances`."""
        margin = np.full(len(size), NOT_QUOTED)
        for place, steps in enumerate(self.steps):
            for up_to, add in reversed(steps):
                margin = np.where((tier == place) & (size <= up_to), add, margin)
        lean = np.clip(self.lean * held, -self.lean_max, self.lean_max)
        return np.asarray(margin + sign * lean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Where a trader wrote them, and what they are."""

    file: str
    text: str = ""
    """Of a game file."""
    game: Game | None = None
    reference: Reference | None = None
    hedge: Hedge | None = None
    """Of a game of kind hedge."""

    @property
    def tiers(self) -> tuple[str, ...]:
        """In the order of the file."""
        if self.game is not None and self.game.quoting is not None:
            return tuple(self.game.quoting.margins)
        assert self.reference is not None, "a game or a desk"
        return tuple(TwoWay(self.reference.strategy.parameters).parameters.tiers)


def read_numbers(paths: Sequence[Path]) -> Numbers:
    """Of a `*.game.yaml` of kind quote, or of a desk's folder or desk.yaml whose strategy is
    `two_way`; the hedge stands in the same file, or in a game of kind hedge beside it.
    """
    found = [_read(path) for path in paths]
    prices = [one for one in found if one.game is not None or one.reference is not None]
    bands = [one.hedge for one in found if one.hedge is not None]
    if len(prices) != 1 or len(bands) > 1:
        names = ", ".join(str(path) for path in paths)
        raise ConfigurationError(f"{names}: one file with margins is due, and at most one hedge")
    return replace(prices[0], hedge=bands[0] if bands else None)


def _read(path: Path) -> Numbers:
    folder = path.parent if path.name == "desk.yaml" else path
    if folder.is_dir():
        return _of_desk(folder)
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem}") from None
    game = read_game(text, str(path))
    if game.kind == HEDGE:
        return Numbers(file=str(path), hedge=game.hedge)
    if game.kind != QUOTE or game.quoting is None:
        raise ConfigurationError(f"{path}: a game of kind {game.kind}; {QUOTE} is due: margins")
    return Numbers(file=str(path), text=text, game=game, hedge=game.hedge)


def _of_desk(folder: Path) -> Numbers:
    from robot.settings import load_settings

    reference = load_settings(folder).reference
    if reference.strategy.factory != _TWO_WAY:
        text = f"{folder}: its strategy is {reference.strategy.name}, not two_way"
        raise ConfigurationError(f"{text}; name its game file instead (--numbers x.game.yaml)")
    return Numbers(file=str(folder / "desk.yaml"), reference=reference)


def written_by(numbers: Numbers, of: OwnRequests, hedge: Band) -> Written:
    """In M and basis points. `hedge` is for what is not in a file: the trader's own band takes its
    place where there is one.
    """
    band = band_of(numbers, of)
    if band is not None:
        hedge = Band(band, hedge.urgency)
    if numbers.game is not None and numbers.game.quoting is not None:
        return authored(numbers.game.quoting, of, hedge)
    assert numbers.reference is not None, "a game or a desk"
    return _ladders(numbers.reference, of, hedge)


def band_of(numbers: Numbers, of: OwnRequests) -> float | None:
    """The trader's band of the pair, M: of a game of kind hedge, else of desk.yaml."""
    if numbers.hedge is not None and numbers.hedge.pair == of.pair:
        return float(numbers.hedge.comfortable) / MILLION
    rows = numbers.reference.hedges if numbers.reference is not None else ()
    return next((float(row.band) / MILLION for row in rows if row.pair == of.pair), None)


def authored(written: Quoting, of: OwnRequests, hedge: Band) -> Authored:
    """A game's; tiers that it has no margin for are not quoted."""
    unit = bp_of(written, of.pip_bp)
    per = float(written.lean_per) / MILLION
    margins = {name: float(far.size) * unit for name, far in written.margins.items()}
    most = written.lean_most
    try:
        return Authored(
            margins=tuple(margins.get(name, NOT_QUOTED) for name in of.tiers),
            lean=float(written.lean.size) * unit / per,
            hedge=hedge,
            lean_max=float(most.size) * unit if most is not None else 0.0,
            steps=tuple(
                SizeStep(float(row.over) / MILLION, float(row.more.size) * unit)
                for row in written.sizes
            ),
        )
    except ValueError as problem:
        raise RobotError(f"by size: {problem}") from None


def bp_of(written: Quoting, pip_bp: float) -> float:
    """What the unit that a file is written in is, in basis points."""
    pips = any(far.unit == "pip" for far in written.margins.values())
    return pip_bp if pips else 1.0


def _ladders(reference: Reference, of: OwnRequests, hedge: Band) -> Ladders:
    parameters = TwoWay(reference.strategy.parameters).parameters
    ladders = parameters.tiers if of.product == "SPOT" else parameters.products.get(of.product, {})
    base = base_of(of.pair)
    limit = float(reference.limits.net_open_position.get(base, ZERO)) / MILLION
    lean_max = float(parameters.lean_max) * of.pip_bp if of.product == "SPOT" else 0.0
    return Ladders(
        steps=tuple(
            tuple(
                (float(step.up_to) / MILLION, float(step.margin) * of.pip_bp)
                for step in ladders.get(name, ())
            )
            for name in of.tiers
        ),
        lean=lean_max / limit if limit > 0 else 0.0,
        lean_max=lean_max,
        hedge=hedge,
    )
