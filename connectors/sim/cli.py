"""`fxrobot sim`: commands that stand in for the outside world."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from connectors.sim.acceptor import AcceptorError
from connectors.sim.assembly import (
    LAST_LOOK_DEFAULT,
    START_DEFAULT,
    Assembled,
    VenueOptions,
    assemble,
)
from connectors.sim.backoffice import backoffice
from connectors.sim.clients import CLIENT_COUNT_MAX, Behaviour
from connectors.sim.conduct import HIT_RATIO_MAX
from connectors.sim.dialects.choice import DIALECTS
from connectors.sim.drop_copy import parse_copy_mischief
from connectors.sim.engine import Halt
from connectors.sim.makers.styles import parse_makers
from connectors.sim.market import DEFAULT_PAIRS
from connectors.sim.model import NS_PER_SECOND, fix_time, pair_of, parse_time
from connectors.sim.options import OptionError, parse_products, shares_of
from connectors.sim.order_rules import parse_mischief
from connectors.sim.pacing import MaxPacer, SpeedPacer, linger, run
from connectors.sim.record import RecordError
from connectors.sim.streams.floor import STREAM_MISCHIEFS
from connectors.sim.tickfiles import TickFileError, tick_file_of
from connectors.sim.trade_mischief import TRADE_MISCHIEFS

EXIT_BAD_INPUT = 2
_GOODBYE_S = 1.0

Number = TypeVar("Number", bound=float | None)

app = typer.Typer(
    no_args_is_help=True, help="Simulated counterparts of the robot, for demos and tests."
)


app.command("backoffice")(backoffice)


@app.callback()
def _sim() -> None:
    """Simulated counterparts of the robot, for demos and tests."""


@app.command()
def venue(
    port: Annotated[int, typer.Option(help="TCP port; 0 picks a free one.")] = 0,
    venue: Annotated[list[str] | None, typer.Option(help="Name of a venue; repeatable.")] = None,
    ticks: Annotated[
        list[str] | None, typer.Option(help="Tick file, or VENUE:PAIR:FILE; repeatable.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Skip ticks before (UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Stop at this venue time (UTC).")] = None,
    pairs: Annotated[str, typer.Option(help="Pairs to generate.")] = ",".join(DEFAULT_PAIRS),
    ticks_per_second: Annotated[
        float, typer.Option(help="Generated ticks per pair, venue and second of venue time.")
    ] = 2.0,
    speed: Annotated[str, typer.Option(help="Venue seconds per wall second, or max.")] = "1",
    seed: Annotated[str, typer.Option(help="Equal seeds give equal days.")] = "1",
    start: Annotated[str, typer.Option(help="Venue time of the start (UTC).")] = START_DEFAULT,
    hours: Annotated[float | None, typer.Option(help="Hours of prices to generate.")] = None,
    requests_per_second: Annotated[
        float, typer.Option(help="Client requests per second of venue time.")
    ] = 2.0,
    requests: Annotated[int | None, typer.Option(help="End after so many requests.")] = None,
    deals: Annotated[int | None, typer.Option(help="End after so many deals.")] = None,
    hit_ratio: Annotated[float, typer.Option(help="Deals per quoted request, at most 0.4.")] = 0.35,
    misbehaviour: Annotated[
        float, typer.Option(help="Share of requests that must end in a refusal.")
    ] = 0.14,
    counter_share: Annotated[
        float, typer.Option(help="Share of requests whose client answers with a price of its own.")
    ] = 0.0,
    behaviour: Annotated[
        list[Behaviour] | None, typer.Option(help="Only these client behaviours; repeatable.")
    ] = None,
    clients: Annotated[int, typer.Option(help="Number of client banks.")] = 8,
    seconds: Annotated[float | None, typer.Option(help="End after wall seconds.")] = None,
    halt: Annotated[
        list[str] | None, typer.Option(help="VENUE:START:LENGTH in venue seconds; repeatable.")
    ] = None,
    run_on: Annotated[
        float, typer.Option(help="Venue seconds that the market goes on after the clients.")
    ] = 0.0,
    linger_seconds: Annotated[
        float, typer.Option("--linger", help="Wall seconds to keep answering after the end.")
    ] = 0.0,
    record: Annotated[Path | None, typer.Option(help="SQLite file of all that happened.")] = None,
    store: Annotated[Path | None, typer.Option(help="Folder of FIX sequence numbers.")] = None,
    fix_log: Annotated[Path | None, typer.Option(help="Folder for FIX message logs.")] = None,
    status: Annotated[Path | None, typer.Option(help="JSON file rewritten as it runs.")] = None,
    dictionary: Annotated[Path | None, typer.Option(help="FIX 4.4 dictionary.")] = None,
    robot_prefix: Annotated[str, typer.Option(help="CompID prefix of the robot.")] = "BANKCNBJ",
    guard: Annotated[
        bool, typer.Option(help="Keep hostile and slow callers away from QuickFIX.")
    ] = True,
    products: Annotated[
        str, typer.Option(help="What the clients ask for: all, or spot,forward,swap,...")
    ] = "spot",
    dialect: Annotated[
        list[str] | None, typer.Option(help="VENUE:NAME, how a venue writes FIX; repeatable.")
    ] = None,
    last_look: Annotated[
        float, typer.Option(help="Share of orders rejected at the last look.")
    ] = LAST_LOOK_DEFAULT,
    order_mischief: Annotated[
        str, typer.Option(help="Share of orders answered wrongly, or shares such as bust=0.05.")
    ] = "0",
    cancel_on_disconnect: Annotated[
        bool, typer.Option(help="Cancel the robot's orders when it logs out.")
    ] = True,
    cancel_on_halt: Annotated[
        bool, typer.Option(help="Cancel the robot's orders at a trading halt.")
    ] = True,
    pending_changes: Annotated[
        bool, typer.Option(help="Acknowledge F and G (150=6, E) before they are answered.")
    ] = False,
    halt_every: Annotated[
        str | None, typer.Option(help="EVERY:LENGTH in venue seconds: all venues halt.")
    ] = None,
    stream_hits_per_second: Annotated[
        float, typer.Option(help="Hits on streamed quotes (i) per second of venue time.")
    ] = 0.2,
    stream_mischief: Annotated[
        str, typer.Option(help="Shares of reject, silence, late_hit, misbehave, status.")
    ] = "",
    stream_client: Annotated[
        str | None, typer.Option(help="Who hits streamed quotes that name nobody; else the venue.")
    ] = None,
    trade_mischief: Annotated[
        str, typer.Option(help="Shares of clients' deals undone later: bust=0.05,correction=0.1.")
    ] = "",
    ask_trades_every: Annotated[
        float,
        typer.Option(help="Venue seconds between two AD to the robot; 0 for none."),
    ] = 0.0,
    makers: Annotated[
        str | None,
        typer.Option(help="Makers that answer the robot: honest, all, NAME=STYLE,... or a file."),
    ] = None,
    drop_copy: Annotated[
        bool, typer.Option(help="A third session per venue with copies of what is dealt.")
    ] = False,
    drop_copy_mischief: Annotated[
        str, typer.Option(help="How copies go wrong: late=60s,lose=0.1,price=0.05.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Summary as one JSON object.")] = False,
) -> None:
    """Runs trading venues with client banks as a FIX acceptor; see docs/sim-venue.md."""
    try:
        options = VenueOptions(
            port=_ranged("--port", port, 0, 65_535),
            venues=tuple(_venue_name(name) for name in venue or ()),
            ticks=tuple(tick_file_of(text) for text in ticks or ()),
            from_ns=_time("--from", from_),
            until_ns=_time("--until", until),
            pairs=_pairs(pairs),
            ticks_per_second=_ranged("--ticks-per-second", ticks_per_second, 0.001, 1000.0),
            speed=_speed(speed),
            seed=seed,
            start_ns=_time("--start", start) or 0,
            hours=_ranged("--hours", hours, 0.0, 1e6),
            requests_per_second=_ranged("--requests-per-second", requests_per_second, 0.0, 1e5),
            requests_max=_ranged("--requests", requests, 0, 10**9),
            deals_max=_ranged("--deals", deals, 0, 10**9),
            hit_ratio=_ranged("--hit-ratio", hit_ratio, 0.0, HIT_RATIO_MAX),
            misbehaviour=_ranged("--misbehaviour", misbehaviour, 0.0, 1.0),
            counter_share=_ranged("--counter-share", counter_share, 0.0, 1.0),
            behaviours=tuple(behaviour or ()),
            clients=_ranged("--clients", clients, 2, CLIENT_COUNT_MAX),
            seconds=_ranged("--seconds", seconds, 0.0, 1e9),
            halts=tuple(_halt(text) for text in halt or ()),
            run_on_ns=int(_ranged("--run-on", run_on, 0.0, 1e6) * NS_PER_SECOND),
            record=record,
            store=store,
            log=fix_log,
            status=status,
            dictionary=dictionary or default_dictionary(),
            robot_prefix=robot_prefix,
            guard=guard,
            products=parse_products(products),
            dialects=tuple(_dialect(text) for text in dialect or ()),
            last_look=_ranged("--last-look", last_look, 0.0, 1.0),
            order_mischief=parse_mischief(order_mischief),
            cancel_on_disconnect=cancel_on_disconnect,
            cancel_on_halt=cancel_on_halt,
            pending_changes=pending_changes,
            halt_every=None if halt_every is None else _every(halt_every),
            stream_hits_per_second=_ranged(
                "--stream-hits-per-second", stream_hits_per_second, 0.0, 1e5
            ),
            stream_mischief=shares_of("--stream-mischief", stream_mischief, STREAM_MISCHIEFS),
            stream_client=stream_client,
            trade_mischief=shares_of("--trade-mischief", trade_mischief, TRADE_MISCHIEFS),
            ask_trades_s=_ranged("--ask-trades-every", ask_trades_every, 0.0, 1e6),
            makers={} if makers is None else parse_makers(makers),
            drop_copy=drop_copy,
            copy_mischief=parse_copy_mischief(drop_copy_mischief),
        )
        _run(options, _ranged("--linger", linger_seconds, 0.0, 1e6), as_json)
    except (OptionError, TickFileError, RecordError, AcceptorError, OSError) as error:
        typer.echo(f"fxrobot sim venue: {error}", err=True)
        raise typer.Exit(EXIT_BAD_INPUT) from None


def default_dictionary() -> Path:
    """The product's dictionary: in a checkout under config/, in an installation inside robot."""
    checkout = Path(__file__).parents[2] / "config" / "fix" / "FIX44.xml"
    found = importlib.util.find_spec("robot")
    if checkout.is_file() or found is None or found.origin is None:
        return checkout
    return Path(found.origin).parent / "_config" / "fix" / "FIX44.xml"


def _ranged(name: str, value: Number, low: float, high: float) -> Number:
    if value is not None and not (isfinite(value) and low <= value <= high):
        raise OptionError(f"{name} {value}: must be between {low:g} and {high:g}")
    return value


def _time(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise OptionError(f"{name}: {error}") from None


def _venue_name(text: str) -> str:
    name = text.strip().upper()
    if not (name.isascii() and name.isalnum()) or len(name) > 20:
        raise OptionError(f"--venue {text!r}: a name is 1 to 20 letters and digits")
    return name


def _pairs(text: str) -> tuple[str, ...]:
    found = []
    for part in text.split(","):
        pair = pair_of(part.strip())
        if pair is None:
            raise OptionError(f"--pairs: {part.strip()!r} is not a pair such as EUR/USD")
        found.append(pair)
    return tuple(dict.fromkeys(found))


def _dialect(text: str) -> tuple[str, str]:
    venue, _, name = text.partition(":")
    if name not in DIALECTS:
        raise OptionError(
            f"--dialect {text!r}: must be VENUE:NAME with a name of {', '.join(DIALECTS)}, "
            "e.g. BETA:fix50sp2"
        )
    return _venue_name(venue), name


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        raise OptionError(f"--speed {text!r}: must be a number or max") from None
    return _ranged("--speed", value, 0.001, 1e6)


def _halt(text: str) -> Halt:
    parts = text.split(":")
    try:
        name, begin, length = parts
        halt = Halt(_venue_name(name), float(begin), float(length))
    except ValueError:
        raise OptionError(
            f"--halt {text!r}: must be VENUE:START:LENGTH, e.g. ALPHA:60:10"
        ) from None
    _ranged("--halt", halt.from_s, 0.0, 1e9)
    _ranged("--halt", halt.for_s, 0.0, 1e9)
    return halt


def _every(text: str) -> tuple[float, float]:
    every, _, length = text.partition(":")
    try:
        found = float(every), float(length)
    except ValueError:
        raise OptionError(f"--halt-every {text!r}: must be EVERY:LENGTH, e.g. 600:20") from None
    return (
        _ranged("--halt-every", found[0], 0.1, 1e9),
        _ranged("--halt-every", found[1], 0.0, 1e9),
    )


def _run(options: VenueOptions, linger_seconds: float, as_json: bool) -> None:
    """Runs to the end, then leaves the process without unwinding QuickFIX's threads."""
    for folder in (options.store, options.log):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    parts = assemble(options)
    unknown = [halt.venue for halt in options.halts if halt.venue not in parts.engine.venues]
    if unknown:
        raise OptionError(f"--halt: no venue {unknown[0]}; there are {list(parts.engine.venues)}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: parts.engine.stop.set())
    parts.link.start()
    if not as_json:
        names = ", ".join(parts.engine.venues)
        typer.echo(f"venue {names} listens on port {parts.link.port}; waiting for the robot")
    code = _guarded(lambda: _play(parts, options, linger_seconds))
    parts.record.close(time.time_ns(), parts.engine.clock_ns)
    _print_summary(parts, as_json)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _play(parts: Assembled, options: VenueOptions, linger_seconds: float) -> None:
    engine = parts.engine
    run(engine, MaxPacer(engine) if options.speed is None else SpeedPacer(engine, options.speed))
    linger(engine, linger_seconds)
    engine.leave()
    parts.link.log_out()
    deadline = time.monotonic() + _GOODBYE_S
    while engine.has_sessions and time.monotonic() < deadline:
        engine.pump(0.02)


def _guarded(play: Callable[[], None]) -> int:
    """A tick file may turn out bad in the middle: the record is still closed."""
    try:
        play()
    except TickFileError as error:
        typer.echo(f"fxrobot sim venue: {error}", err=True)
        return EXIT_BAD_INPUT
    return 0


def _print_summary(parts: Assembled, as_json: bool) -> None:
    summary = {
        "clock": fix_time(parts.engine.clock_ns),
        "port": parts.link.port,
        **parts.engine.log.statistics.summary(),
    }
    if as_json:
        typer.echo(json.dumps(summary))
        return
    for name, value in summary.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")
