"""The limit tree of `limits.yaml`: one list of rows for each kind, checked as a whole.

What a row says must be meant: one scope, a maximum where the kind has one, dates in order, no row
twice, and none below another that is looser than it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from robot.basics.index import INDICES, parity_index
from robot.deals.limit_rows import (
    EACH,
    LOSS_SCOPES,
    OF_LOSS,
    OF_TIME,
    SCOPES,
    WITHOUT_MAXIMUM,
    WITHOUT_TENOR,
    AtMaximum,
    Counts,
    LimitKind,
    LimitRow,
    row_id,
)
from robot.deals.product import ProductKind
from robot.errors import ConfigurationError
from robot.limits.spending import KEPT_S
from robot.yamlfile import (
    Count,
    CurrencyCode,
    Exact,
    Misplaced,
    Model,
    Name,
    NotNegative,
    Pair,
    Path_,
    Whole,
    line_in,
)

_OURS = ("everyone", "entity", "desk", "book", "trader", "strategy")
_WINDOW = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_ONE_PARENT = ("everyone", "entity", "desk", "book")
"""Of these there is one of each to a robot, so that each is the parent of all below it."""


def _known_kind(value: object) -> object:
    if value in {str(kind) for kind in LimitKind}:
        return value
    near = difflib.get_close_matches(str(value), [str(kind) for kind in LimitKind], n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise ValueError(f"no kind of limit is called {value}{hint}")


KindName = Annotated[LimitKind, BeforeValidator(_known_kind)]
Scope = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,39})$")]
HORIZON_MAX = 92
"""Each day that a liquidity gap looks ahead is an account of its own."""
Share = Annotated[Exact, Field(gt=0, lt=1)]


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _is_window(text: str) -> str:
    """`08:00-16:50`; over midnight `22:00-03:00`; `24:00` only as an end."""
    found = _WINDOW.fullmatch(text)
    if found is None or found[1] == found[2]:
        raise ValueError(f"{text} is no time from-to of a day; write it as 08:00-16:50")
    return text


Window = Annotated[str, AfterValidator(_is_window)]
_WRITTEN = {"type": "string", "pattern": f"^{_WINDOW.pattern}$"}
_ONE_OR_MORE = {"anyOf": [_WRITTEN, {"type": "array", "items": _WRITTEN}]}


class BucketRow(Model):
    """One tenor bucket."""

    name: Name
    days: Count


class TreeRow(Model):
    """One limit of the tree."""

    everyone: Annotated[str, Field(pattern="^(all)?$")] = ""
    entity: Scope | None = None
    desk: Scope | None = None
    book: Scope | None = None
    trader: Scope | None = None
    strategy: Scope | None = None
    counterparty: Scope | None = None
    group: Scope | None = None
    country: Scope | None = None
    type: Scope | None = None
    tier: Scope | None = None
    venue: Scope | None = None
    products: tuple[ProductKind, ...] = ()
    pairs: tuple[Pair | CurrencyCode, ...] = ()
    currencies: tuple[CurrencyCode, ...] = ()
    tenors: tuple[Name, ...] = ()
    maximum: NotNegative | None = None
    at_maximum: AtMaximum = AtMaximum.REFUSE
    warn: tuple[Share, ...] = (Decimal("0.75"), Decimal("0.9"))
    from_date: date | None = None
    until_date: date | None = None
    within_s: Count | None = None
    horizon_days: Annotated[Whole, Field(ge=1, le=HORIZON_MAX)] | None = None
    counts: Counts | None = None
    hours: Annotated[
        tuple[Window, ...], BeforeValidator(_one_or_more), WithJsonSchema(_ONE_OR_MORE)
    ] = ()
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    settles_within: Annotated[Whole, Field(ge=0, le=10)] | None = None
    owner: str = ""
    id: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$")] = ""

    @model_validator(mode="after")
    def _check_row(self) -> TreeRow:
        named = [scope for scope in SCOPES if getattr(self, scope)]
        if len(named) != 1:
            listed = ", ".join(SCOPES)
            raise ValueError(f"one scope is due, {len(named)} are given (of {listed})")
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError(f"until_date {self.until_date} is before from_date {self.from_date}")
        if list(self.warn) != sorted(set(self.warn)):
            raise ValueError("list the shares of warn by rising size, without repeats")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_set(self, made: SerializerFunctionWrapHandler) -> dict[str, object]:
        dumped: dict[str, object] = made(self)
        return {name: value for name, value in dumped.items() if value not in (None, "", [], ())}

    def row(self) -> LimitRow:
        """As the core has it."""
        return msgspec.convert(self.model_dump(mode="json"), LimitRow, strict=False)


Tree = dict[KindName, tuple[TreeRow, ...]]


def check_kinds(tree: Mapping[LimitKind, tuple[TreeRow, ...]]) -> None:
    """What the kind asks of its rows; an error for pydantic to tell."""
    names: dict[str, bool] = {}
    for kind, rows in tree.items():
        for number, row in enumerate(rows):
            name = row_id(kind, row.row())
            problem = _problem_of(kind, row)
            text = f"{kind}: {problem} in {name}"
            if name in names:
                text = f"{kind}: given twice: {name}; one of them needs an id of its own"
            if problem or name in names:
                raise Misplaced(text, (str(kind), number))
            names[name] = True
        check_not_looser(kind, [row.row() for row in rows])


def _problem_of(kind: LimitKind, row: TreeRow) -> str:
    """What a row has too much or too little for its kind; empty = nothing."""
    if (row.maximum is None) is not (kind in WITHOUT_MAXIMUM):
        due = "no maximum" if row.maximum is not None else "a maximum"
        return f"{due} is due"
    if (row.within_s is None) is (kind in OF_TIME):
        return "within_s is due" if row.within_s is None else "no within_s is due"
    if (row.horizon_days is None) is (kind is LimitKind.LIQUIDITY_GAP):
        return "horizon_days is due" if row.horizon_days is None else "no horizon_days is due"
    if kind is LimitKind.COLLAR_OVER_TIME and (row.within_s or 0) > KEPT_S:
        return f"a within_s of a day at most, {KEPT_S}, is due"
    if row.tenors and kind in WITHOUT_TENOR:
        return "no tenors are due"
    if kind in OF_LOSS:
        return _beyond_result(row)
    if row.counts is not None:
        return "no counts is due"
    if row.row().timed and kind not in WITHOUT_MAXIMUM:
        return "no hours or weekdays are due"
    if kind is LimitKind.HOURS and not row.row().timed:
        return "hours or weekdays are due"
    if row.settles_within is not None and kind is not LimitKind.HOURS:
        return "no settles_within is due"
    return _without_parity(row) if kind is LimitKind.OFFICIAL_BAND else ""


def _beyond_result(row: TreeRow) -> str:
    """Results are kept by who dealt and in what, not with whom and how long."""
    if row.row().scope[0] not in LOSS_SCOPES:
        return f"a scope of our own is due ({', '.join(LOSS_SCOPES)})"
    return "no products and no tenors are due" if row.products or row.tenors else ""


def _without_parity(row: TreeRow) -> str:
    """A band is around a parity: its pairs are named, and each has one."""
    start = parity_index("")
    known = [name.removeprefix(start) for name in INDICES if name.startswith(start)]
    for pair in row.pairs:
        if pair not in known:
            near = difflib.get_close_matches(pair, known, n=1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            return f"a pair with an official parity is due, {pair} has none{hint},"
    return "" if row.pairs else "pairs are due"


def check_not_looser(kind: LimitKind, rows: list[LimitRow]) -> None:
    """C-39: a row below another of the same filters may not allow more than it."""
    for number, child in enumerate(rows):
        for parent in rows:
            if _is_below(child, parent) and _over(child.maximum, parent.maximum):
                text = f"{row_id(kind, child)} allows {child.maximum}, more than"
                text = f"{kind}: {text} {row_id(kind, parent)} above it: {parent.maximum}"
                raise Misplaced(text, (str(kind), number))


def _over(child: Decimal | None, parent: Decimal | None) -> bool:
    return child is not None and parent is not None and child > parent


def _is_below(child: LimitRow, parent: LimitRow) -> bool:
    """Whether everything the child is about is the parent's too, and it is another level."""
    if child.horizon_days > parent.horizon_days:
        return False
    scope, of_parent = child.scope[0], parent.scope[0]
    if of_parent == "everyone":
        below = scope != "everyone"
    elif of_parent in _ONE_PARENT and scope in _OURS:
        below = _OURS.index(scope) > _OURS.index(of_parent)
    else:
        below = child.scope[0] == of_parent and parent.scope[1] == EACH != child.scope[1]
    return below and _same_filters(child, parent) and _always(parent)


def _same_filters(child: LimitRow, parent: LimitRow) -> bool:
    names = ("products", "pairs", "currencies", "tenors")
    same = all(set(getattr(child, name)) == set(getattr(parent, name)) for name in names)
    return same and child.counts is parent.counts


def _always(row: LimitRow) -> bool:
    return row.from_date is None and row.until_date is None


Known = Mapping[str, frozenset[str]]


def check_names(path: Path, tree: Mapping[LimitKind, tuple[LimitRow, ...]], known: Known) -> None:
    """Every name of a row must be one of the desk's: a limit on nobody limits nobody."""
    for place, text in unknown_names(tree, known):
        key = ".".join(str(part) for part in place)
        raise ConfigurationError(f"{path}:{line_in(path, place)}: {key}: {text}")


def unknown_names(
    tree: Mapping[LimitKind, tuple[LimitRow, ...]], known: Known
) -> Iterator[tuple[Path_, str]]:
    """What a row names that is not known, with its place."""
    for kind, rows in tree.items():
        for number, row in enumerate(rows):
            for what, name, among in _named(row, known):
                if name not in among:
                    near = difflib.get_close_matches(name, sorted(among), n=1)
                    hint = f"; did you mean '{near[0]}'?" if near else ""
                    yield ("tree", str(kind), number), f"no {what} is called {name}{hint}"


def _named(row: LimitRow, known: Known) -> Iterator[tuple[str, str, frozenset[str]]]:
    scope, name = row.scope
    if scope in known and name != EACH:
        yield scope, name, known[scope]
    for what, filters in (("pair", "pairs"), ("currency", "currencies"), ("tenor", "tenors")):
        for name in getattr(row, filters):
            yield what, name, known[filters]
