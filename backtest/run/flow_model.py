"""A model of clients: when they ask, who, for what, and whether they deal at the price they get.

    arrivals     Poisson, with one rate for each half hour of the day (UTC)
    who, what    shares of counterparty, product, pair, tenors and side, sizes by product and tier,
                 as they were
    dealing      P(hit) = 1 / (1 + exp(-(a + b d + c r))) by product, d = how far our price is from
                 the middle in our favour, r = how far behind the best rival it is where that is
                 known, both in the product's own terms: basis points of the middle; of swaps and
                 loans pips (of points, of a year's interest 0.01 percent)
    rivals       how far the best of them was from the middle
    toxicity     mean of the market's move against us after a deal in spot, by counterparty

What is fitted is `flow_fit`, what is drawn from it `flow_draw`. Floats are at home here: nothing of
it becomes a price of ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec

from backtest.run.rivals import in_own_pips
from robot.errors import ConfigurationError

BIN_NS = 1_800_000_000_000
BINS = 48
INTERVAL_Z = 1.959963984540054
"""Half the width of a 95 % interval in standard errors."""
WRONG_BELOW = 0.01
"""A probability of data like this under the model below which the model is said not to hold."""
_DAY_NS = 86_400_000_000_000


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a log, as far as the model looks at it."""

    at_ns: int
    venue: str
    counterparty: str
    tier: str
    pair: str
    side: str
    """Ours: BUY, SELL; empty = two-way."""
    size: int
    """Units of 0.01."""
    product: str = "SPOT"
    tenor: str = ""
    """Near leg or only one; `+37d` = so many days after the day it was asked, where it was asked
    for by date; empty = the usual one.
    """
    far_tenor: str = ""
    distance: float | None = None
    """Of our first price, in the product's own terms; None = we gave none. Of a two-way one that of
    the side that was dealt on, or of either.
    """
    behind: float | None = None
    """Behind the best rival, likewise; None = not known."""
    other: float | None = None
    """Of a two-way price the distance of its other side."""
    other_behind: float | None = None
    rivals: int | None = None
    """How many others were asked."""
    dealt: bool = False
    waited_ns: int = 0
    """From our price to the deal; 0 = not dealt."""


class Markout(msgspec.Struct, frozen=True, kw_only=True):
    """How the market moved after a deal, basis points; positive = in our favour."""

    counterparty: str
    horizon_s: int
    moved_bp: float


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request and how often it is."""

    venue: str
    counterparty: str
    tier: str
    pair: str
    side: str
    product: str = "SPOT"
    tenor: str = ""
    far_tenor: str = ""
    count: int


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The logistic function: coefficients a, b (and c), with their standard errors."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]
    quotes: int
    deals: int

    @property
    def knows_rivals(self) -> bool:
        """Whether it looks at them."""
        return len(self.coefficients) > 2

    def probability(self, distance: float, behind: float | None = None) -> float:
        """Of a deal at a price."""
        score = self.coefficients[0] + self.coefficients[1] * distance
        if self.knows_rivals and behind is not None:
            score += self.coefficients[2] * behind
        return 1 / (1 + math.exp(-max(-700.0, min(700.0, score))))

    def interval(self, place: int) -> tuple[float, float]:
        """95 % interval of a coefficient."""
        middle, width = self.coefficients[place], INTERVAL_Z * self.errors[place]
        return middle - width, middle + width


class RivalsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What others showed on the requests of the log."""

    quotes: int
    """On so many of our prices it is known."""
    count: int
    """So many were asked, in the median."""
    distances: tuple[float, ...]
    """Quantiles, from the least to the most in equal steps, of how far the best one was from the
    middle, in the product's own terms.
    """


class Toxicity(msgspec.Struct, frozen=True, kw_only=True):
    """Of one counterparty at one horizon."""

    counterparty: str
    horizon_s: int
    deals: int
    mean_bp: float
    error_bp: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of about the same predicted probability: how many, what was predicted, what came."""

    quotes: int
    predicted: float
    observed: float


class Goodness(msgspec.Struct, frozen=True, kw_only=True):
    """How well a model tells who deals in a log."""

    deviance: float
    null_deviance: float
    explained: float
    """Share of the deviance that the prices explain: 0 = nothing; below 0 = worse than nothing."""
    calibration: tuple[Calibration, ...]
    calibration_probability: float
    """Of a table as far off as this if the model were true (Hosmer-Lemeshow); small = it is not."""
    rivals_probability: float | None = None
    """Of rivals explaining so much if clients did not look at them (likelihood ratio)."""

    @property
    def holds(self) -> bool:
        """Whether the log does not speak against the model."""
        return self.calibration_probability >= WRONG_BELOW


class Dealing(msgspec.Struct, frozen=True, kw_only=True):
    """Who deals at which price in one product, and for how much."""

    product: str
    requests: int
    sizes: dict[str, dict[str, int]]
    """By tier: size in units of 0.01 -> how often."""
    waited_ms: float
    """Mean time from our price to a deal."""
    hits: Hits
    rivals: RivalsSeen | None = None
    goodness: Goodness


class FlowModel(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved: the model, where it comes from, and how good it is."""

    data_hash: str
    begin_ns: int
    end_ns: int
    requests: int
    rates: tuple[float, ...]
    """Requests per second in each half hour of the day, from midnight UTC."""
    rate_errors: tuple[float, ...]
    ks_distance: float
    """Kolmogorov-Smirnov, of the times between requests in units of what the rates expect, against
    the exponential distribution.
    """
    ks_probability: float
    """Of such a distance or more if the model were true; small = requests come in bursts."""
    shares: tuple[Share, ...]
    dealing: tuple[Dealing, ...]
    """One for each product, that with most requests first."""
    toxicity: tuple[Toxicity, ...] = ()
    left_out: tuple[str, ...] = ()
    """Which requests of the log are not modelled, each with why."""

    def of(self, product: str) -> Dealing | None:
        """Of a product; None = the model does not know it."""
        return next((one for one in self.dealing if one.product == product), None)


def bin_of(at_ns: int) -> int:
    """The half hour of the day."""
    return at_ns % _DAY_NS // BIN_NS


# --- files


def write_model(model: FlowModel, path: Path) -> None:
    """As JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=2) + b"\n")


def read_model(path: Path) -> FlowModel:
    """ConfigurationError where it is none."""
    try:
        model = msgspec.json.decode(path.read_bytes(), type=FlowModel)
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        text = f"{path}: is no model of clients: {problem}; fit it again: fxrobot backtest flow fit"
        raise ConfigurationError(text) from problem
    problem_text = _problem_of(model)
    if problem_text:
        raise ConfigurationError(f"{path}: is no model of clients: {problem_text}")
    return model


def _problem_of(model: FlowModel) -> str:
    if len(model.rates) != BINS or not model.shares:
        return f"it has {len(model.rates)} rates and {len(model.shares)} shares"
    for share in model.shares:
        one = model.of(share.product)
        if one is None or share.tier not in one.sizes:
            return f"nothing says how {share.product} is dealt with tier {share.tier!r}"
    short = [one.product for one in model.dealing if len(one.hits.coefficients) < 2]
    return f"the coefficients of {short[0]} are short" if short else ""


# --- for a person


def lines_of(model: FlowModel) -> Iterator[str]:
    """The model and how good it is."""
    yield f"{model.requests} requests"
    verdict = "requests come in bursts" if model.ks_probability < WRONG_BELOW else "no bursts seen"
    yield f"arrivals: KS {model.ks_distance:.3f}, p {model.ks_probability:.3f}: {verdict}"
    for one in model.dealing:
        yield from _dealing_lines(one)
    if model.toxicity:
        yield "toxicity of spot: how the market moves after a deal, positive in our favour"
    for toxic in model.toxicity:
        yield (
            f"  {toxic.counterparty:<10} after {toxic.horizon_s:4d} s: {toxic.mean_bp:+.3f} bp "
            f"± {INTERVAL_Z * toxic.error_bp:.3f} ({toxic.deals} deals)"
        )
    yield from (f"left out: {text}" for text in model.left_out)


def unit_text(product: str) -> str:
    """What distances of a product are counted in."""
    return "pip" if in_own_pips(product) else "bp"


def _dealing_lines(one: Dealing) -> Iterator[str]:
    hits, unit = one.hits, unit_text(one.product)
    yield f"{one.product}: {one.requests} requests, {hits.quotes} priced, {hits.deals} dealt"
    names = (
        "a (at the middle)",
        f"b (per {unit} from it)",
        f"c (per {unit} behind the best rival)",
    )
    for place, value in enumerate(hits.coefficients):
        low, high = hits.interval(place)
        yield f"  {names[place]:<33} {value:9.4f}   95 %: {low:.4f} to {high:.4f}"
    if one.rivals is not None:
        low, high = one.rivals.distances[0], one.rivals.distances[-1]
        middle = one.rivals.distances[len(one.rivals.distances) // 2]
        text = f"{middle:.3f} {unit} from the middle in the median, {low:.3f} to {high:.3f}"
        yield f"  best of {one.rivals.count} rivals: {text}"
    else:
        yield "  rivals are not known"
    yield from goodness_lines(one.goodness)


def goodness_lines(good: Goodness) -> Iterator[str]:
    """How well a model tells a log."""
    share = f"{good.explained:.1%} explained"
    yield f"  deviance {good.deviance:.1f} of {good.null_deviance:.1f}: {share}"
    yield "    prices  predicted  observed"
    for row in good.calibration:
        yield f"    {row.quotes:6d}  {row.predicted:9.3f}  {row.observed:8.3f}"
    verdict = "nothing speaks against it" if good.holds else "the model does not hold"
    yield f"  calibration: p {good.calibration_probability:.3f}: {verdict}"
    if good.rivals_probability is not None:
        yield f"  rivals explain nothing: p {good.rivals_probability:.3f}"
