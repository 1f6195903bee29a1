"""A calibration in words and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtest.games.calibrating import Judged, Report
from backtest.games.calibration_numbers import Number
from robot.basics.currency import base_of


def lines_of(report: Report) -> Iterator[str]:
    """All of it."""
    what = f"{report.product} {report.pair}"
    yield (
        f"{report.place}: {report.requests} requests for {what} in {report.days:.3g} days, "
        f"{report.priced} with a price of ours, {report.dealt} dealt"
    )
    for tier in report.tiers:
        yield (
            f"  {tier.tier}: {tier.deals} deals on {tier.quotes} prices; a "
            f"{tier.a:.3f} ± {tier.a_error:.3f}, b {tier.b:.3f} ± {tier.b_error:.3f} a bp"
        )
    yield f"score a day in {base_of(report.pair)}: result less risk, in the long run"
    yield f"  {'best there is':<16} {money(report.best):>14}   100 %"
    for name, one in (("proposed", report.proposed), ("the trader's", report.given)):
        if one is not None:
            yield _judged(name, one)
    yield from _numbers(report)
    if report.more:
        yield "guard, and one quote among several (where a file has `guard` or `win`):"
        yield from number_lines(report.more)
    yield from (f"assumed: {line}" for line in assumed_lines(report))
    yield from (f"note: {line}" for line in report.remarks)
    yield from (f"not told by requests: {line}" for line in report.untold)


def _judged(name: str, one: Judged) -> str:
    between = f"(nine in ten: {percent(one.low)} to {percent(one.high)})"
    return (
        f"  {name:<16} {money(one.score):>14} {percent(one.share):>7} {between}; result "
        f"{money(one.result)}, deals {one.turnover:,.0f} m, hedged {percent(one.hedged_share)}, "
        f"position ± {one.position_sd:.1f} m"
    )


def _numbers(report: Report) -> Iterator[str]:
    yield "each number by itself, all others as proposed; what it costs a day:"
    yield from number_lines(report.numbers)


def number_lines(numbers: Sequence[Number]) -> Iterator[str]:
    """What is proposed, the trader's, and what departures cost."""
    width = max(len(one.name) for one in numbers)
    for one in numbers:
        text = f"  {one.name:<{width}}  {value_text(one.proposed)} {one.unit}"
        if one.given is not None and one.given_costs is not None:
            text += f"; the trader's {value_text(one.given)} costs {money(one.given_costs)}"
        yield f"{text}; half {money(one.half_costs)}, twice {money(one.twice_costs)}"


def assumed_lines(report: Report) -> Iterator[str]:
    """What requests do not tell."""
    market = report.market
    error = f" ± {market.sigma_error:.2g}, from the record" if market.sigma_error else ", given"
    yield f"the middle moves {market.sigma:.3g} bp in a day{error} (--sigma)"
    yield (
        f"hedging costs {market.half_spread:g} bp (--half-spread), {market.speed_cost:g} bp for "
        f"each m a day of speed (--speed-cost), and 1 m moves the market {market.impact:g} bp "
        "(--impact)"
    )
    held = market.risk / 2 * market.sigma**2 * 100 * 100
    yield (
        f"risk aversion {market.risk:g} (--risk): holding 10 m for a day counts as a cost of "
        f"{money(held)} {base_of(report.pair)}"
    )


def money(value: float) -> str:
    """Whole units of a currency, as many digits as say something."""
    text = f"{value:,.0f}" if abs(value) >= 1 else f"{value:.2f}"
    return "0" if text in ("-0", "-0.00", "0.00") else text


def percent(share: float) -> str:
    """Of a whole."""
    return f"{100 * share:.1f} %"


def value_text(value: float) -> str:
    """A number as a trader writes it."""
    return f"{value:.4g}"
