"""The command `fxrobot demo`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from connectors.demo.asking import Asker
from connectors.demo.games import GAMES
from connectors.demo.kills import EVERY_DEFAULT_S, STOOD_STILL_S, Killer, interval_of, too_few
from connectors.demo.played import told
from connectors.demo.summary import Summary, summarise
from connectors.demo.view import render
from connectors.demo.world import DemoOptions, World, new_folder, remove
from connectors.sim.options import OptionError, parse_products
from connectors.sim.products import Product
from connectors.sim.profiles import ONLY_SPOT
from connectors.store.queries import Queries, open_queries
from robot.errors import ConfigurationError, RobotError

DEALS_DEFAULT = 500
LOOK_S = 0.1
QUIET_PATIENCE_S = 60.0
ORDERS_PATIENCE_S = 10.0
_DEALT = ("fills", "order_fills", "maker_deals")
"""What a venue counts of deals: with clients, on orders of ours, on quotes of its makers."""
NOTHING_HAPPENS_S = 120.0

app = typer.Typer(add_completion=False)


class Memory:
    """Resident memory of the trader over the run, in kilobytes."""

    def __init__(self) -> None:
        self._samples: list[int] = []

    def look(self, world: World) -> None:
        """Take the newest figure."""
        beat = world.beat("trader")
        if beat is not None and beat.figures.get("rss_kb"):
            self._samples.append(int(beat.figures["rss_kb"]))

    def told(self) -> dict[str, float]:
        """Start (after a tenth of the run, when everything is loaded), middle and end, in MB."""
        if not self._samples:
            return {}
        count = len(self._samples)
        places = {"start": count // 10, "middle": count // 2, "end": count - 1}
        return {name: round(self._samples[i] / 1024, 1) for name, i in places.items()}


@app.callback(invoke_without_command=True)
def demo(
    deals: Annotated[int | None, typer.Option(help="End after so many deals.")] = None,
    seconds: Annotated[float | None, typer.Option(help="End after so many seconds.")] = None,
    ticks: Annotated[
        list[str] | None, typer.Option(help="Tick file, or VENUE:PAIR:FILE; repeatable.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Skip ticks before (UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Stop at this venue time (UTC).")] = None,
    speed: Annotated[str, typer.Option(help="Venue seconds per second, or max.")] = "",
    requests_per_second: Annotated[
        float | None, typer.Option(help="Client requests per second of venue time.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal clients and prices.")] = 7,
    headless: Annotated[bool, typer.Option("--headless", help="No live view.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object.")
    ] = False,
    kill_every: Annotated[
        str | None,
        typer.Option(help="Kill one process after another, about this often: 3s, 500ms."),
    ] = None,
    kills: Annotated[
        int | None, typer.Option(min=1, help="End after so many kills; fewer are a failure.")
    ] = None,
    products: Annotated[
        str, typer.Option(help="What the clients ask for: all, or spot,forward,swap,...")
    ] = "spot",
    counter_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of requests whose client haggles; 0, of games 0.5."),
    ] = None,
    hedge: Annotated[
        bool, typer.Option(help="Bring positions back into their band with orders at the venues.")
    ] = True,
    strategy: Annotated[
        str, typer.Option(help="games: game strategies answer, and lead the desk's own asks.")
    ] = "",
    strategy_file: Annotated[
        Path | None,
        typer.Option(help="What answers: a rule book (.rules), or Python in a process of its own."),
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep everything in this new folder.")] = None,
    config: Annotated[Path | None, typer.Option(help="Another configuration folder.")] = None,
) -> None:
    """Venues, clients, robot, broker and back office together, as real processes."""
    every_s, dealt = _interval(kill_every), _products(products)
    endless = bool(ticks) or kills is not None
    options = DemoOptions(
        deals=DEALS_DEFAULT if deals is None and seconds is None and not endless else deals,
        seconds=seconds,
        ticks=tuple(ticks or ()),
        from_=from_,
        until=until,
        speed=speed or ("max" if ticks else "10"),
        requests_per_second=requests_per_second or _requests_per_second(ticks, dealt),
        seed=seed,
        folder=new_folder(keep),
        config=config,
        hedge=hedge,
        kill_every_s=EVERY_DEFAULT_S if kills is not None and every_s is None else every_s,
        kills=kills,
        products=dealt,
        counter_share=counter_share,
        strategy_file=strategy_file,
        strategy=_strategy(strategy, strategy_file),
    )
    summary = _play(options, live=sys.stdout.isatty() and not headless and not as_json)
    if as_json:
        typer.echo(msgspec.json.encode(summary))
    else:
        tell(summary, Console())
    if keep is None and summary.ok:
        remove(options.folder)
    raise typer.Exit(0 if summary.ok else 1)


def _requests_per_second(ticks: list[str] | None, products: tuple[Product, ...]) -> float:
    """Of venue time; what the robot has ten times as much to send for is asked for less often."""
    if ticks:
        return 0.2
    return 30.0 if products == ONLY_SPOT else 10.0


def _products(text: str) -> tuple[Product, ...]:
    try:
        return parse_products(text)
    except OptionError as problem:
        raise typer.BadParameter(str(problem)) from None


def _strategy(name: str, file: Path | None) -> str:
    """Which of the shipped ways answers; empty = as desk.yaml says."""
    if name not in ("", GAMES):
        raise ConfigurationError(f"--strategy {name}: there is {GAMES}; a file: --strategy-file")
    if name and file is not None and file.suffix != ".rules":
        raise ConfigurationError("--strategy and --strategy-file: one of the two, or a rule book")
    return name


def _interval(text: str | None) -> float | None:
    try:
        return interval_of(text) if text is not None else None
    except ConfigurationError as problem:
        raise typer.BadParameter(str(problem)) from None


def _play(options: DemoOptions, *, live: bool) -> Summary:
    world, memory, stop = World(options), Memory(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = world.start()
        _watch(world, memory, stop, live=live)
        if world.venue_status().get("phase") != "finished":
            _end_dealing(world)
        quiet = _wait_quiet(world)
        beat = world.beat("trader")
        world.stop_venue()
    finally:
        world.stop()
    summary = summarise(settings, world.venue_record, world.bookings)
    if beat is not None:
        summary.quotes_stepped = int(beat.figures.get("quotes_stepped", 0))
        summary.quotes_conflated = int(beat.figures.get("quotes_conflated", 0))
    summary.kills = world.kills.total()
    summary.kills_by_process = dict(world.kills)
    summary.rss_mb = memory.told()
    summary.folder = str(options.folder)
    _judge(summary, options, quiet)
    return summary


def _judge(summary: Summary, options: DemoOptions, quiet: bool) -> None:
    """Whether what the demo promises holds."""
    asked = options.deals or 0
    if summary.deals < asked:
        summary.problems.append(f"{summary.deals} deals, {asked} were asked for")
    if not quiet:
        summary.problems.append("the back office had not acknowledged everything in time")
    if not summary.reconciled:
        summary.problems.append("venue, ledger and back office do not agree")
    if not summary.replay_equal:
        summary.problems.append("the journal does not replay equal")
    if options.kills is not None:
        summary.problems += too_few(options.kills, summary.kills_by_process)
        if summary.longest_pause_s > STOOD_STILL_S:
            summary.problems.append(f"nothing was dealt for {summary.longest_pause_s} s")
    if summary.limits_breached:
        summary.problems.append("a limit was breached at the venue")
    summary.ok = not summary.problems


def _watch(world: World, memory: Memory, stop: threading.Event, *, live: bool) -> None:
    """Until the venue has finished or the user stops it; with a live view on a terminal."""
    moved_s = dealing_s = time.monotonic()
    last: object = None
    queries: Queries | None = None
    every_s = world.options.kill_every_s
    asker = Asker(world) if world.options.hedge else None
    killer = Killer(world, every_s, world.options.seed, moved_s) if every_s else None
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) if live else _Quiet() as view:
        while not stop.wait(LOOK_S):
            world.check_alive()
            memory.look(world)
            status, now_s = world.venue_status(), time.monotonic()
            if status.get("phase") == "finished":
                break
            if killer is not None:
                killer.look(now_s)
                if killer.done:
                    break
            if status.get("clock_ns") != last:
                last, moved_s = status.get("clock_ns"), now_s
            if not status.get("requests"):
                dealing_s = now_s
            if now_s - moved_s > NOTHING_HAPPENS_S:
                raise RobotError(f"nothing has happened for {NOTHING_HAPPENS_S:.0f} s")
            if isinstance(view, Live):
                queries = queries or _try_queries(world)
                view.update(render(world, queries, dealing_s, now_s), refresh=True)
    if asker is not None:
        asker.finish()
    if killer is not None:
        killer.finish()


class _Quiet:
    """No view."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _try_queries(world: World) -> Queries | None:
    try:
        return open_queries(world.settings.database_url) if world.settings else None
    except RobotError:
        return None


def _end_dealing(world: World) -> None:
    """No further deals, for the user has had enough, or there were enough kills: else the venue
    would deal on while we wait, or go with a report on an order that nobody has heard.

    After kills the trader may still have reports for the venue, so it is given time to compare.
    """
    deadline = time.monotonic() + QUIET_PATIENCE_S
    while not _reconciled(world) and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    world.stop_dealing()
    deadline = time.monotonic() + ORDERS_PATIENCE_S
    while world.robot_status().get("orders") and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    world.stop_venue()


def _wait_quiet(world: World) -> bool:
    """Whether everything that was dealt is booked and acknowledged within the patience."""
    deadline = time.monotonic() + QUIET_PATIENCE_S
    settings = world.settings
    assert settings is not None, "the world was started"
    while time.monotonic() < deadline:
        beat, projector = world.beat("trader"), world.beat("projector")
        status = world.venue_status()
        fills = sum(int(str(status.get(name, 0))) for name in _DEALT)
        caught_up = projector is not None and projector.behind_bytes == 0
        told = caught_up and (world.venue_has_ended or _reconciled(world))
        if beat is not None and told:
            with open_queries(settings.database_url) as queries:
                counts = queries.counts()
            # More deals than the venue has: their execution reports are on the way once more.
            if counts.outbox_open == 0 and counts.deals == fills:
                return True
        time.sleep(LOOK_S)
    return False


def _reconciled(world: World) -> bool:
    """After kills: whether the trader is back and has compared its trades with every venue."""
    if not world.kills:
        return True
    venues = world.robot_status().get("venues", {})
    assert isinstance(venues, dict)
    return bool(venues) and all(row["dealing_up"] and row["reconciled"] for row in venues.values())


def _by_product(summary: Summary) -> list[str]:
    """One line, where more than one product was dealt."""
    counts = summary.deals_by_product
    told = ", ".join(f"{name.lower()} {count}" for name, count in counts.items())
    return [f"deals by product: {told}"] if [*counts] != ["SPOT"] and counts else []


def tell(summary: Summary, console: Console) -> None:
    """The summary in words."""
    ratio = summary.deals_per_second / summary.model_deals_per_second
    good = "[green]yes[/green]"
    lines = [
        f"[bold]{summary.deals} deals in {summary.seconds} s[/bold]: "
        f"{summary.deals_per_second} a second, {ratio:.0f} times the model's "
        f"{summary.model_deals_per_second}",
        f"requests {summary.requests}, quotes {summary.quotes}, hits {summary.hits}, "
        f"hit ratio {summary.hit_ratio:.0%}",
        *_by_product(summary),
        f"refusals {summary.refusals}: "
        + ", ".join(f"{name} {count}" for name, count in summary.refusals_by_reason.items()),
        "P&L against mid: " + ", ".join(f"{p} {v} {p[4:] or p}" for p, v in summary.pnl.items()),
        *(f"P&L of {p} is incomplete: {why}" for p, why in summary.pnl_incomplete.items()),
    ]
    lines += [
        f"hedged {pair}: {row.amount} in {row.deals} deals, cost {row.cost} {pair[4:]} against mid "
        f"(slippage {row.slippage}), position now {row.position} {row.currency}, band {row.band}"
        for pair, row in summary.hedging.items()
    ]
    if summary.asked is not None:
        by_maker = ", ".join(f"{maker} {deals}" for maker, deals in summary.asked.makers.items())
        lines.append(
            f"asked: {summary.asked.requests} requests to makers, {summary.asked.quotes} quotes, "
            f"{summary.asked.deals} deals on the best: {by_maker}"
        )
    if summary.negotiated is not None:
        found = summary.negotiated
        by_tactic = ", ".join(f"{name} {count}" for name, count in found.by_tactic.items())
        lines.append(
            f"negotiated: {found.offers} counter-offers, {found.answered} answered with a quote, "
            f"{found.accepted} of them at the client's price, {found.turned_down} turned down "
            f"({found.wrong} were wrong); {found.deals} deals: {by_tactic or 'none'}"
        )
    lines += told(summary.played) if summary.played is not None else []
    for name, values in summary.latency_ms.items():
        lines.append(
            f"{name.replace('_', ' ')}: p50 {values['p50']} ms, p99 {values['p99']} ms, "
            f"max {values['max']} ms ({values['count']:.0f})"
        )
    lines += [
        f"prices stepped {summary.quotes_stepped}, conflated {summary.quotes_conflated}; "
        f"trader memory MB {summary.rss_mb}",
        f"venue {summary.venue_deals} = ledger {summary.ledger_deals} = back office "
        f"{summary.backoffice_deals}: {good if summary.reconciled else '[red]no[/red]'} "
        f"(lost {summary.lost}, doubled {summary.doubled}, different {summary.different})",
        f"journal replays equal: {good if summary.replay_equal else '[red]no[/red]'}; "
        f"limits breached at the venue: {summary.limits_breached}",
    ]
    if summary.kills:
        killed = ", ".join(f"{name} {count}" for name, count in summary.kills_by_process.items())
        lines.append(
            f"killed and started again {summary.kills} times: {killed}; "
            f"longest time without a deal {summary.longest_pause_s} s"
        )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    for problem in summary.problems:
        console.print(f"problem: {problem}", style="red", markup=False, soft_wrap=True)
    if not summary.ok:
        console.print(f"everything is kept in {summary.folder}", markup=False)
