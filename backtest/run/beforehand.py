"""What a run cannot do is said before anything of an earlier run gives way to it: names and spans
that the data store does not have, files of it that are damaged, clients that would never ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backtest.data.asked import near, parts_asked, spans
from backtest.data.catalogue import DataError, Part, load_existing
from backtest.data.columns import Kind
from backtest.data.store import check_file
from backtest.run.config import BacktestConfig
from backtest.run.flow_model import read_model
from robot.errors import ConfigurationError
from robot.settings import Settings

_READ = (Kind.QUOTES, Kind.CURVES, Kind.FIXINGS)


def check_data(config: BacktestConfig, settings: Settings) -> None:
    """ConfigurationError, or DataError, where the store has not what the configuration asks for."""
    shown_by = _shown_by(config, config.venues or [str(one.id) for one in settings.desk.venues])
    catalogue = load_existing(config.data)
    quotes = catalogue.parts_of(kinds=[Kind.QUOTES])
    _check_venues(config, quotes, shown_by)
    own = [part for part in quotes if part.venue in shown_by]
    _check_span(config, own, shown_by)
    begin_ns, end_ns = config.span.begin_ns, config.span.end_ns
    within = [part for part in own if part.last_ns >= begin_ns and part.first_ns < end_ns]
    there = sorted({part.name for part in within})
    for pair in config.pairs:
        if pair not in there:
            venues = ", ".join(shown_by)
            told = f"pairs: no quotes of {pair} by {venues} in this span"
            raise ConfigurationError(f"{config.data}: {told}{near(pair, there)}")
    for part in catalogue.parts_of(kinds=_READ, first_ns=begin_ns, end_ns=end_ns):
        if part.kind is Kind.FIXINGS or part.venue in shown_by:
            check_file(config.data, part)


def _shown_by(config: BacktestConfig, venues: Iterable[str]) -> dict[str, str]:
    """Venue of the store -> the desk's venue that shows its prices."""
    found: dict[str, str] = {}
    for name in venues:
        source = config.prices.get(name, name)
        if source in found:
            both = f"{found[source]} and {name}"
            raise ConfigurationError(
                f"prices: {both} would show the same prices, those of {source}: name other prices "
                "for one of them, or leave it out of venues"
            )
        found[source] = name
    return found


def _check_venues(config: BacktestConfig, quotes: Sequence[Part], shown_by: dict[str, str]) -> None:
    """Of venues that are named, each must be there; of all of the desk, one."""
    there = sorted({part.venue for part in quotes})
    named = {source: by for source, by in shown_by.items() if by in config.prices or config.venues}
    for source, by in named.items():
        if source not in there:
            told = f"no quotes of {source}{near(source, there)}"
            how = f"prices: {{{by}: NAME}} names whose prices {by} shows"
            raise ConfigurationError(f"{config.data}: {told}: {how}")
    if not set(shown_by) & set(there):
        told = f"no quotes of {', '.join(shown_by)} (there is {', '.join(there) or 'nobody'})"
        raise ConfigurationError(
            f"{config.data}: {told}: prices: {{VENUE: NAME}} names whose prices a venue shows"
        )


def _check_span(config: BacktestConfig, own: Sequence[Part], shown_by: dict[str, str]) -> None:
    span = config.span
    if not any(part.last_ns >= span.begin_ns and part.first_ns < span.end_ns for part in own):
        told = f"span: no quotes of {', '.join(shown_by)} from {span.begin} to {span.end}"
        raise ConfigurationError(f"{config.data}: {told}; {spans(own)}")


def check_clients(config: BacktestConfig) -> None:
    """ConfigurationError where nobody was recorded in the span, or a fitted model knows nobody who
    asks for these pairs here.
    """
    flow = config.flow
    if flow.mode == "recorded":
        _check_requests(config)
    if flow.model is None or flow.mode not in ("fitted", "recorded"):
        return
    model = read_model(flow.model)
    if flow.mode == "recorded":
        return
    for what, asked, there in (
        ("pairs", config.pairs, sorted({share.pair for share in model.shares})),
        ("venues", config.venues, sorted({share.venue for share in model.shares})),
    ):
        if asked and not set(asked) & set(there):
            told = f"its clients ask for none of these {what}: {', '.join(asked)}"
            raise ConfigurationError(
                f"{flow.model}: {told} (the model has {', '.join(there)}): fit one to requests of "
                "these, or change the configuration"
            )


def _check_requests(config: BacktestConfig) -> None:
    span = config.span
    try:
        parts_asked(
            config.data,
            load_existing(config.data),
            kinds=[Kind.REQUESTS],
            first_ns=span.begin_ns,
            end_ns=span.end_ns,
        )
    except DataError as problem:
        how = "flow: recorded needs a log or a journal: fxrobot data import, fxrobot data export"
        raise ConfigurationError(f"{problem}; {how}") from None
