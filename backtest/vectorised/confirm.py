"""The winner of a sweep again, by the event-driven run: both figures, and the difference.

The vectorised figure has no delay, no rejection, no limit and no venue; the event-driven one has
all of them, over the same quotes. The second one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from backtest.run.result import Result


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of testing says."""

    profit: float
    """In the counter currency of the pair."""
    deals: int


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Both ways, and what each takes for granted."""

    parameters: dict[str, str]
    vectorised: Figure
    event_driven: Figure
    assumptions: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Event-driven less vectorised: what the short cut left out."""
        return self.event_driven.profit - self.vectorised.profit

    @property
    def confirmed(self) -> bool:
        """Whether it still earns."""
        return self.event_driven.profit > 0.0


def confirm(
    parameters: Mapping[str, str],
    vectorised: Figure,
    costs: str,
    run: Callable[[Mapping[str, str]], Result],
    pair: str = "",
) -> Confirmation:
    """`run` takes the parameters as a study does (`rules.NAME`), and gives the run's result. Of
    it, the result of the pair; without one, all of it, in the reporting currency.
    """
    found = run({f"rules.{name}": value for name, value in parameters.items()})
    profit = str(found.figures.get(f"result {pair}" if pair else "profit", 0)).split()[0]
    return Confirmation(
        parameters=dict(parameters),
        vectorised=vectorised,
        event_driven=Figure(profit=float(profit), deals=int(found.number("deals"))),
        assumptions=(f"vectorised: {costs}", *found.assumptions),
    )


def lines_of(found: Confirmation) -> Iterator[str]:
    """For a person."""
    yield ", ".join(f"{name} = {value}" for name, value in found.parameters.items())
    yield f"{'':14}{'profit':>14}{'deals':>8}"
    for name, figure in (("vectorised", found.vectorised), ("event-driven", found.event_driven)):
        yield f"{name:14}{figure.profit:>14,.2f}{figure.deals:>8}"
    deals = found.event_driven.deals - found.vectorised.deals
    yield f"{'difference':14}{found.difference:>14,.2f}{deals:>8}"
    yield "confirmed" if found.confirmed else "not confirmed: the event-driven run does not earn"
    yield from (f"  - {text}" for text in found.assumptions)
