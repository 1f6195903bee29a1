"""A model of clients: when they ask, who, for what, and whether they deal at the price they get.

    arrivals     Poisson, with one rate for each half hour of the day (UTC)
    who, what    shares of counterparty, pair, side and size, as they were
    dealing      P(hit) = 1 / (1 + exp(-(a + b d + c r))), d = how far our price is from the middle
                 in our favour, r = how far behind the best rival it is where that is known; both in
                 basis points of the middle. Maximum likelihood by iterated weighted least squares.
    toxicity     mean of the market's move against us after a deal, by counterparty: reported, not
                 generated

Floats are at home here: nothing of it becomes a price of ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import numpy.typing as npt

from robot.errors import ConfigurationError

BIN_NS = 1_800_000_000_000
BINS = 48
_DAY_NS = 86_400_000_000_000
_STEPS_MAX = 50
_CALIBRATION_BINS = 10
INTERVAL_Z = 1.959963984540054
"""Half the width of a 95 % interval in standard errors."""
Floats = npt.NDArray[np.float64]


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
    distance_bp: float | None = None
    """Of our first price; None = we gave none."""
    behind_bp: float | None = None
    """Behind the best rival; None = not known."""
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
    count: int


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The logistic function: coefficients a, b (and c), with their standard errors."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]
    quotes: int
    deals: int

    def probability(self, distance_bp: float, behind_bp: float | None = None) -> float:
        """Of a deal at a price."""
        score = self.coefficients[0] + self.coefficients[1] * distance_bp
        if len(self.coefficients) > 2 and behind_bp is not None:
            score += self.coefficients[2] * behind_bp
        return 1 / (1 + math.exp(-max(-700.0, min(700.0, score))))

    def interval(self, place: int) -> tuple[float, float]:
        """95 % interval of a coefficient."""
        middle, width = self.coefficients[place], INTERVAL_Z * self.errors[place]
        return middle - width, middle + width


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
    """How well the model tells the log it was fitted to."""

    deviance: float
    null_deviance: float
    explained: float
    """Share of the deviance that the prices explain: 0 = nothing."""
    calibration: tuple[Calibration, ...]
    ks_distance: float
    """Kolmogorov-Smirnov, of the times between requests in units of what the rates expect, against
    the exponential distribution.
    """
    ks_probability: float
    """Of such a distance or more if the model were true; small = requests come in bursts."""


class FlowModel(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved: the model, where it comes from, and how good it is."""

    data_hash: str
    begin_ns: int
    end_ns: int
    requests: int
    rates: tuple[float, ...]
    """Requests per second in each half hour of the day, from midnight UTC."""
    rate_errors: tuple[float, ...]
    shares: tuple[Share, ...]
    sizes: dict[str, dict[str, int]]
    """By tier: size in units of 0.01 -> how often."""
    waited_ms: float
    """Mean time from our price to a deal."""
    hits: Hits
    toxicity: tuple[Toxicity, ...] = ()
    goodness: Goodness


# --- fitting


def fit(
    rows: Sequence[AskedRow],
    begin_ns: int,
    end_ns: int,
    markouts: Sequence[Markout] = (),
    data_hash: str = "",
) -> FlowModel:
    """The model of a log of requests over a span; ConfigurationError where it is too short."""
    rows = sorted(rows, key=lambda row: row.at_ns)
    quoted = [row for row in rows if row.distance_bp is not None]
    deals = sum(row.dealt for row in quoted)
    if not 0 < deals < len(quoted):
        text = f"{len(quoted)} prices and {deals} deals: a model needs prices that were dealt on"
        raise ConfigurationError(f"{text} and prices that were not")
    exposure = exposure_s(begin_ns, end_ns)
    counts = np.bincount([_bin(row.at_ns) for row in rows], minlength=BINS)
    rates = [int(n) / s if s else 0.0 for n, s in zip(counts, exposure, strict=True)]
    errors = [math.sqrt(int(n)) / s if s else 0.0 for n, s in zip(counts, exposure, strict=True)]
    features, outcomes = _features(quoted)
    hits = fit_hits(features, outcomes)
    waited = [row.waited_ns for row in quoted if row.dealt and row.waited_ns > 0]
    return FlowModel(
        data_hash=data_hash,
        begin_ns=begin_ns,
        end_ns=end_ns,
        requests=len(rows),
        rates=tuple(rates),
        rate_errors=tuple(errors),
        shares=_shares(rows),
        sizes=_sizes(rows),
        waited_ms=float(np.mean(waited)) / 1e6 if waited else 500.0,
        hits=hits,
        toxicity=_toxicity(markouts),
        goodness=_goodness(rows, rates, begin_ns, features, outcomes, hits),
    )


def fit_hits(features: Floats, outcomes: Floats) -> Hits:
    """Maximum likelihood of the logistic function; the first column is 1."""
    beta = np.zeros(features.shape[1])
    information = np.eye(features.shape[1])
    for _ in range(_STEPS_MAX):
        chances = _logistic(features @ beta)
        weights = chances * (1 - chances)
        information = features.T @ (features * weights[:, None])
        information += np.eye(len(beta)) * 1e-9  # where all of one kind dealt it has no end
        step = np.linalg.solve(information, features.T @ (outcomes - chances))
        beta = beta + step
        if float(np.max(np.abs(step))) < 1e-10:
            break
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return Hits(
        coefficients=tuple(map(float, beta)),
        errors=tuple(map(float, errors)),
        quotes=len(outcomes),
        deals=int(outcomes.sum()),
    )


def exposure_s(begin_ns: int, end_ns: int) -> list[float]:
    """Seconds of a span that lie in each half hour of the day."""
    seconds = [0.0] * BINS
    at_ns = begin_ns
    while at_ns < end_ns:
        until_ns = min(end_ns, (at_ns // BIN_NS + 1) * BIN_NS)
        seconds[_bin(at_ns)] += (until_ns - at_ns) / 1e9
        at_ns = until_ns
    return seconds


def _bin(at_ns: int) -> int:
    return at_ns % _DAY_NS // BIN_NS


def _logistic(scores: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(scores, -700, 700)))
    return found


def _features(quoted: Sequence[AskedRow]) -> tuple[Floats, Floats]:
    """Columns 1, distance, and how far behind where every row knows it."""
    columns = [[1.0] * len(quoted), [row.distance_bp or 0.0 for row in quoted]]
    if all(row.behind_bp is not None for row in quoted):
        columns.append([row.behind_bp or 0.0 for row in quoted])
    outcomes = np.array([float(row.dealt) for row in quoted])
    return np.array(columns).T, outcomes


def _shares(rows: Sequence[AskedRow]) -> tuple[Share, ...]:
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = (row.venue, row.counterparty, row.tier, row.pair, row.side)
        counts[key] = counts.get(key, 0) + 1
    names = ("venue", "counterparty", "tier", "pair", "side")
    return tuple(
        Share(**dict(zip(names, key, strict=True)), count=counts[key]) for key in sorted(counts)
    )


def _sizes(rows: Sequence[AskedRow]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: (row.tier, row.size)):
        sizes = found.setdefault(row.tier, {})
        sizes[str(row.size)] = sizes.get(str(row.size), 0) + 1
    return found


def _toxicity(markouts: Sequence[Markout]) -> tuple[Toxicity, ...]:
    found: dict[tuple[str, int], list[float]] = {}
    for one in markouts:
        found.setdefault((one.counterparty, one.horizon_s), []).append(one.moved_bp)
    return tuple(
        Toxicity(
            counterparty=name,
            horizon_s=horizon_s,
            deals=len(moves),
            mean_bp=float(np.mean(moves)),
            error_bp=float(np.std(moves, ddof=1) / math.sqrt(len(moves))) if moves[1:] else 0.0,
        )
        for (name, horizon_s), moves in sorted(found.items())
    )


# --- how good it is


def _goodness(
    rows: Sequence[AskedRow],
    rates: Sequence[float],
    begin_ns: int,
    features: Floats,
    outcomes: Floats,
    hits: Hits,
) -> Goodness:
    chances = _logistic(features @ np.array(hits.coefficients))
    deviance, null = _deviance(outcomes, chances), _deviance(outcomes, outcomes.mean())
    distance, probability = _ks(rows, rates, begin_ns)
    return Goodness(
        deviance=deviance,
        null_deviance=null,
        explained=1 - deviance / null if null else 0.0,
        calibration=_calibration(chances, outcomes),
        ks_distance=distance,
        ks_probability=probability,
    )


def _deviance(outcomes: Floats, chances: Floats | np.floating) -> float:
    sure = np.clip(chances, 1e-12, 1 - 1e-12)
    return float(-2 * np.sum(outcomes * np.log(sure) + (1 - outcomes) * np.log(1 - sure)))


def _calibration(chances: Floats, outcomes: Floats) -> tuple[Calibration, ...]:
    """Tenths of the prices by predicted probability."""
    order = np.argsort(chances, kind="stable")
    parts = np.array_split(order, min(_CALIBRATION_BINS, len(order)))
    return tuple(
        Calibration(
            quotes=len(part),
            predicted=float(chances[part].mean()),
            observed=float(outcomes[part].mean()),
        )
        for part in parts
    )


def _ks(rows: Sequence[AskedRow], rates: Sequence[float], begin_ns: int) -> tuple[float, float]:
    """Of the times between requests, each in units of what the rates expect."""
    from scipy import stats

    expected, last_ns = [], begin_ns
    for row in rows:
        expected.append(_expected(rates, last_ns, row.at_ns))
        last_ns = row.at_ns
    found = stats.kstest(expected, "expon")
    return float(found.statistic), float(found.pvalue)


def _expected(rates: Sequence[float], since_ns: int, until_ns: int) -> float:
    """Requests that the rates expect between two moments."""
    total, at_ns = 0.0, since_ns
    while at_ns < until_ns:
        next_ns = min(until_ns, (at_ns // BIN_NS + 1) * BIN_NS)
        total += rates[_bin(at_ns)] * (next_ns - at_ns) / 1e9
        at_ns = next_ns
    return total


# --- the model at work


def arrivals(model: FlowModel, begin_ns: int, end_ns: int, chance: Random) -> Iterator[int]:
    """Moments of requests."""
    at_ns = begin_ns
    while at_ns < end_ns:
        rate = model.rates[_bin(at_ns)]
        bin_end_ns = (at_ns // BIN_NS + 1) * BIN_NS
        gap_ns = int(chance.expovariate(rate) * 1e9) + 1 if rate > 0 else bin_end_ns
        if at_ns + gap_ns >= bin_end_ns:
            at_ns = bin_end_ns  # no memory: what is left of the gap is drawn at the next rate
            continue
        at_ns += gap_ns
        if at_ns < end_ns:
            yield at_ns


def drawn(model: FlowModel, chance: Random) -> tuple[Share, int]:
    """Who asks for what, and for how much (units of 0.01)."""
    share = chance.choices(model.shares, weights=[share.count for share in model.shares])[0]
    sizes = model.sizes[share.tier]
    return share, int(chance.choices(list(sizes), weights=list(sizes.values()))[0])


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
        raise ConfigurationError(f"{path}: is no model of clients: {problem}") from problem
    if len(model.rates) != BINS or not model.shares or len(model.hits.coefficients) < 2:
        raise ConfigurationError(f"{path}: is no model of clients: rates, shares or hits are short")
    return model


def lines_of(model: FlowModel) -> Iterator[str]:
    """For a person."""
    hits, good = model.hits, model.goodness
    yield f"{model.requests} requests, {hits.quotes} priced, {hits.deals} dealt"
    names = ("a (at the middle)", "b (per bp from it)", "c (per bp behind the best rival)")
    for place, value in enumerate(hits.coefficients):
        low, high = hits.interval(place)
        yield f"  {names[place]:<32} {value:9.4f}   95 %: {low:.4f} to {high:.4f}"
    share = f"{good.explained:.1%} explained"
    yield f"deviance {good.deviance:.1f} of {good.null_deviance:.1f}: {share}"
    yield "  prices  predicted  observed"
    for row in good.calibration:
        yield f"  {row.quotes:6d}  {row.predicted:9.3f}  {row.observed:8.3f}"
    verdict = "requests come in bursts" if good.ks_probability < 0.01 else "no sign of bursts"
    yield f"arrivals: KS {good.ks_distance:.3f}, p {good.ks_probability:.3f}: {verdict}"
    for toxic in model.toxicity:
        yield (
            f"  {toxic.counterparty:<10} after {toxic.horizon_s:4d} s: {toxic.mean_bp:+.3f} bp "
            f"± {INTERVAL_Z * toxic.error_bp:.3f} ({toxic.deals} deals)"
        )
