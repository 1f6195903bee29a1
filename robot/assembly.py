"""Builds the live robot's parts from the settings, by the names that the settings give.

`robot` imports no connector and no strategy: they are loaded here and checked against what the
brain
needs of them. A bank's own connector is loaded exactly like ours.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import cast

from robot.deals.reference import Reference
from robot.errors import ConfigurationError
from robot.journal import Link
from robot.ports import HeadLog, Journal, JournalTail, Store, StrategyHost, Timers, VenueConnector
from robot.settings import Settings
from robot.strategy import Elsewhere, Strategy


def load_factory(name: str, where: str) -> Callable[..., object]:
    """The function or class behind `module:name`; `where` says which setting named it."""
    module_name, _, attribute = name.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as problem:
        raise ConfigurationError(f"{where}: {name} cannot be loaded: {problem}") from problem
    if not callable(factory):
        raise ConfigurationError(f"{where}: {name} is not callable")
    return cast(Callable[..., object], factory)


def load_strategy(reference: Reference) -> Strategy:
    """The strategy that a reference names, with its parameters; of a hosted one and of rule books,
    which the core reads itself, a stand-in.
    """
    choice = reference.strategy
    if choice.host is not None or choice.rules:
        return Elsewhere()
    factory = load_factory(choice.factory, "strategy.factory")
    try:
        strategy = factory(choice.parameters)
    except (TypeError, ValueError) as problem:
        raise ConfigurationError(f"strategy {choice.name}: {problem}") from problem
    _check_port(strategy, ("decide",), "strategy.factory", choice.factory)
    return cast(Strategy, strategy)


def make_venues(settings: Settings, links: Mapping[str, Link]) -> VenueConnector:
    """The FIX side."""
    name = settings.desk.factories.venues
    made = load_factory(name, "factories.venues")(settings, links)
    _check_port(made, ("start", "send", "stop"), "factories.venues", name)
    return cast(VenueConnector, made)


def make_host(settings: Settings) -> StrategyHost:
    """The trader's end of the processes of strategies that have one of their own."""
    name = settings.desk.factories.host
    made = load_factory(name, "factories.host")(settings)
    _check_port(made, ("start", "follow", "stop"), "factories.host", name)
    return cast(StrategyHost, made)


def make_journal(settings: Settings) -> Journal:
    """The journal's writing end."""
    name = settings.desk.factories.journal
    made = load_factory(name, "factories.journal")(settings)
    _check_port(made, ("open_segment", "append", "sync", "close"), "factories.journal", name)
    return cast(Journal, made)


def make_tail(settings: Settings, segment: str = "", sequence: int = 0) -> JournalTail:
    """The journal as a follower sees it."""
    name = settings.desk.factories.tail
    made = load_factory(name, "factories.tail")(settings, segment, sequence)
    _check_port(made, ("poll", "behind"), "factories.tail", name)
    return cast(JournalTail, made)


def make_heads(settings: Settings) -> HeadLog:
    """Where the heads of the logs are written."""
    name = settings.desk.factories.heads
    made = load_factory(name, "factories.heads")(settings)
    methods = ("last", "place_of", "sign", "wanted", "contradiction", "figures", "close")
    _check_port(made, methods, "factories.heads", name)
    return cast(HeadLog, made)


def make_timers(settings: Settings) -> Timers:
    """The schedule."""
    name = settings.desk.factories.timers
    made = load_factory(name, "factories.timers")(settings)
    _check_port(made, ("start", "trade_date", "due", "stop"), "factories.timers", name)
    return cast(Timers, made)


def make_store(settings: Settings) -> Store:
    """The database projection."""
    name = settings.desk.factories.store
    made = load_factory(name, "factories.store")(settings)
    _check_port(made, ("applied", "project", "close"), "factories.store", name)
    return cast(Store, made)


def _check_port(made: object, methods: tuple[str, ...], where: str, name: str) -> None:
    missing = [method for method in methods if not callable(getattr(made, method, None))]
    if missing:
        raise ConfigurationError(f"{where}: what {name} makes has no {', '.join(missing)}")
