"""Checks of a configuration folder: that it loads, and that it says what the desk surely means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from connectors.assembly import dialect_of
from connectors.doctor.check import Check, Finding, ok, problem, warning
from connectors.doctor.games import check_games
from robot.approving import at_start
from robot.assembly import load_strategy, make_timers
from robot.basics.currency import Currency, CurrencyPair, base_of, counter_of
from robot.clock import SystemClock
from robot.core.games import version_of
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind
from robot.deals.reference import Reference
from robot.errors import ConfigurationError, RobotError
from robot.settings import Settings, load_settings

_NO_ZONE = "no such time zone"
HORIZON_WARNING_DAYS = 60
"""How long before the last announced day of a calendar it is told. A year's forward meets the
horizon long before that: such a request is refused, and says so."""


def load(folder: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, or None with every error of every file, each with its line."""
    try:
        settings = load_settings(folder)
    except Exception as error:  # the files can be wrong together in ways nobody foresaw
        return None, [_wrong(line) for line in str(error).splitlines() or [repr(error)]]
    return settings, [ok("configuration", f"{folder} loads, hash {settings.hash[:16]}")]


def configuration_checks(settings: Settings) -> tuple[Check, ...]:
    """Everything that the files alone decide."""
    dictionaries = tuple(
        Check("fix dictionary", partial(check_dictionary, path, tags))
        for path, tags in dictionaries_in_use(settings).items()
    )
    return (
        *dictionaries,
        Check("strategy", lambda: check_strategy(settings)),
        Check("limits", lambda: check_limits(settings.reference)),
        Check("approvals", lambda: check_approved(settings)),
        Check("schedule", lambda: check_schedule(settings)),
        Check("calendars", lambda: check_calendars(settings, _today(settings))),
    )


def dictionaries_in_use(settings: Settings) -> dict[Path, frozenset[int]]:
    """The FIX dictionaries by which the venues are read, and the tags their dialects need."""
    found: dict[Path, frozenset[int]] = {}
    for venue in settings.dialects:
        spoken = dialect_of(settings, venue)
        if spoken.version == "FIX.4.4":
            path = settings.fix_file("FIX44.xml")
        else:
            path = settings.fix_file("FIX50SP2.xml")
            found[settings.fix_file("FIXT11.xml")] = frozenset()
        found[path] = found.get(path, frozenset()) | spoken.tags
    return found


def check_dictionary(path: Path, tags: frozenset[int] = frozenset()) -> Iterator[Finding]:
    """The FIX dictionary is there, has no field of the type that a bad length makes deadly, and
    knows `tags`: one that it does not know ends the group in which it stands.
    """
    name = "fix dictionary"
    try:
        fields = ElementTree.parse(path).findall("fields/field")
    except (OSError, ElementTree.ParseError) as error:
        advice = f"install fxrobot again, or take your own fix/{path.name} out of the folder"
        yield problem(name, f"{path}: cannot be read: {error}", advice)
        return
    known = {str(field.get("number")) for field in fields}
    unknown = sorted(tag for tag in tags if str(tag) not in known)
    dangerous = [
        str(field.get("name")) for field in fields if field.get("type") in ("DATA", "XMLDATA")
    ]
    if dangerous:
        yield problem(
            name,
            f"{path}: {len(dangerous)} fields have type DATA ({', '.join(dangerous[:3])} ...); "
            "one bad length in a message ends the process",
            "change type='DATA' to type='STRING' in it (docs/connectors.md)",
        )
    elif not fields:
        yield problem(
            name, f"{path}: holds no fields", "it is not a QuickFIX dictionary: replace it"
        )
    elif unknown:
        yield problem(
            name,
            f"{path}: does not know tag(s) {', '.join(map(str, unknown))} of the venues' dialects",
            "take the newer shipped one, or add the fields and where they stand to your own",
        )
    else:
        yield ok(name, f"{path}: {len(fields)} fields, none of type DATA")


def check_strategy(settings: Settings) -> Iterator[Finding]:
    """The strategy's code is there and takes its parameters."""
    choice = settings.reference.strategy
    if choice.host is not None:
        path = settings.folder / choice.file
        text = f"{choice.name} {choice.version} is hosted, code {choice.code_hash[:16]}"
        yield ok("strategy", f"{text}; to try it: fxrobot strategy check {path}")
        return
    try:
        version = version_of(settings.reference, load_strategy)
    except ConfigurationError as error:
        file = settings.folder / "desk.yaml"
        yield problem("strategy", f"{file}: {error}", "mend `strategy` in that file")
        return
    if choice.games:
        names = ", ".join(game.name for game in choice.games)
        yield ok("strategy", f"{choice.name} {choice.version}: games {names} are read")
        yield from check_games(settings.reference, settings.desk.schedule.dealing, version.games)
    if choice.rules:
        files = ", ".join(row.file for row in choice.rules)
        yield ok("strategy", f"{choice.name} {choice.version}: rule books {files} compile")
        return
    if not choice.factory:
        return
    yield ok(
        "strategy", f"{choice.name} {choice.version} from {choice.factory} takes its parameters"
    )


def check_limits(reference: Reference) -> Iterator[Finding]:
    """What is not listed in limits.yaml is refused: tell what is dealt and has no limit."""
    gaps = list(_limit_gaps(reference))
    yield from (warning("limits", text, advice) for text, advice in gaps)
    if not gaps:
        counts = (
            f"{len(reference.counterparties)} counterparties and {len(_pairs(reference))} pairs"
        )
        unset = [str(kind) for kind in LimitKind if not reference.limits.tree.get(kind)]
        told = f"; the tree has no rows of {', '.join(unset)}" if unset else ""
        yield ok("limits", f"every one of {counts} dealt has its limits{told}")


def check_approved(settings: Settings) -> Iterator[Finding]:
    """Two persons approved what the files say; a start is refused otherwise."""
    try:
        start = at_start(settings, SystemClock().now_ns())
    except RobotError as error:
        first, _, commands = str(error).partition("\n")
        advice = commands.partition("\n")[0].strip() or "restore the approvals log from a copy"
        yield warning("approvals", first, advice)
        return
    told = "; ".join(start.told) or "limits, counterparties and strategy are approved"
    yield ok("approvals", told)


def check_schedule(settings: Settings) -> Iterator[Finding]:
    """The desk's schedule can be read, in its time zone."""
    name = settings.desk.schedule.time_zone
    yield ok("schedule", f"{name}; the trade date there is now {_today(settings)}")


def check_calendars(settings: Settings, today: date) -> Iterator[Finding]:
    """How far the calendars of the pairs that are dealt are known, seen from `today`."""
    name, calendars = "calendars", settings.reference.calendars.values()
    near = today + timedelta(days=HORIZON_WARNING_DAYS)
    for calendar in calendars:
        left = (calendar.last_official - today).days
        computed = calendar.provisional_until
        if near < calendar.last_official:
            continue
        text = f"{calendar.id} is announced to {calendar.last_official}: {left} days from {today}"
        advice = "install a newer fxrobot, or put a newer file into the folder's calendars/: "
        advice += f"fxrobot calendars build {calendar.id} --to FOLDER/calendars"
        if computed is not None and near < computed:
            yield warning(name, f"{text}; after that computed days are dealt on", advice)
        elif left >= 0:
            yield warning(name, f"{text}; value dates after it are refused", advice)
        else:
            yield problem(name, f"{text}; no date of it is known any more", advice)
    first = min(calendars, key=lambda calendar: calendar.last_official)
    count = len(settings.reference.calendars)
    text = f"{count} calendar(s); the nearest horizon is {first.id}'s, {first.last_official}"
    overrides = sum(len(calendar.overrides) for calendar in calendars)
    yield ok(name, f"{text}; {overrides} day(s) overridden by the desk")


def _today(settings: Settings) -> date:
    return make_timers(settings).trade_date(SystemClock().now_ns())


def _limit_gaps(reference: Reference) -> Iterator[tuple[str, str]]:
    limits, pairs = reference.limits, _pairs(reference)
    file, dealt = "limits.yaml", _dealt(reference)
    currencies = [c for pair in pairs for c in (base_of(pair), counter_of(pair))]
    currencies += [Currency(name) for kind, name in dealt if kind.is_loan]
    for currency in dict.fromkeys(currencies):
        if not limits.net_open_position.get(currency):
            text = f"{currency} has no net_open_position: every request in it is refused"
            yield text, f"add `{currency}: AMOUNT` under net_open_position in {file}"
    for counterparty in reference.counterparties:
        if not limits.counterparty_lines.get(counterparty):
            text = f"{counterparty} has no line: every request of it is refused"
            yield text, f"add `{counterparty}: AMOUNT` under counterparty_lines in {file}"
    yield from _size_gaps(reference, dealt)
    if any(kind.is_loan for kind, _ in dealt) and limits.rate_collar_bp is None:
        yield "no rate_collar_bp: every loan is refused", f"add rate_collar_bp to {file}"
    if _FORWARDS & {kind for kind, _ in dealt} and not limits.forward_add_ons:
        text = "no forward_add_ons: every forward, NDF and swap is refused"
        yield text, f"add rows under forward_add_ons in {file}"
    for base in dict.fromkeys(name[:3] for _, name in dealt):
        line = limits.line_currency
        rate = {f"{base}/{line}", f"{line}/{base}"}
        if base != line and not rate & {*pairs} and Currency(base) not in limits.line_rates:
            text = f"no pair dealt gives {base} in {line}: refused"
            yield text, f"subscribe {' or '.join(sorted(rate))} at a venue, or add it to line_rates"


def _size_gaps(
    reference: Reference, dealt: list[tuple[ProductKind, str]]
) -> Iterator[tuple[str, str]]:
    """What has no deal size, told once for each product and tier."""
    sizes = {(p, row.pair, row.tier) for row in reference.limits.deal_size for p in row.products}
    for tier in dict.fromkeys(party.tier for party in reference.counterparties.values()):
        for kind in dict.fromkeys(kind for kind, _ in dealt):
            missing = [n for k, n in dealt if k is kind and (k, n, tier) not in sizes]
            if missing:
                what = "" if kind is ProductKind.SPOT else f" as {kind}"
                text = f"tier {tier} has no deal_size for {', '.join(missing)}{what}: refused"
                yield text, f"add rows for {tier} under deal_size in limits.yaml"


def _dealt(reference: Reference) -> list[tuple[ProductKind, str]]:
    """Every product with every pair, or currency of loans, that is dealt at any venue."""
    found: dict[tuple[ProductKind, str], bool] = {}
    for venue in reference.venues:
        for kind in venue.products:
            if kind.is_loan:
                names: list[str] = [
                    c for c in venue.currencies if f"{c} {kind}" in reference.money_markets
                ]
            elif kind is ProductKind.NDF:
                names = [p for p in venue.pairs if reference.conventions[p].ndf is not None]
            else:
                names = list(venue.pairs)
            found |= dict.fromkeys(((kind, name) for name in names), True)
    return list(found)


_FORWARDS = {ProductKind.FORWARD, ProductKind.NDF, ProductKind.SWAP}


def _pairs(reference: Reference) -> list[CurrencyPair]:
    """Every pair dealt at any venue, once."""
    return list(dict.fromkeys(pair for venue in reference.venues for pair in venue.pairs))


def _wrong(text: str) -> Finding:
    advice = "mend that line"
    if _NO_ZONE in text:
        advice += "; if the name is right: apt-get install tzdata"
    return problem("configuration", text, advice)
