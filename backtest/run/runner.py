"""One backtest from its configuration to its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

import robot
from backtest.records import EngineMarket, Recorder
from backtest.run.assumptions import assumptions_of
from backtest.run.beforehand import check_clients, check_data
from backtest.run.changes import changed_reference
from backtest.run.checkpoint import (
    FILE as CHECKPOINT,
)
from backtest.run.checkpoint import (
    SAID,
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from backtest.run.config import BacktestConfig, overridden
from backtest.run.driver import Driver, Stopped, VenueSide, Watch
from backtest.run.feed import Feed, check_names, open_feed
from backtest.run.figures import Counts, figures_of
from backtest.run.flow import Clients, clients_of
from backtest.run.hosted import Hosts, hosted_assumptions, hosts_of
from backtest.run.inside import Robot, sessions_of
from backtest.run.journals import RunJournal, cut_journal
from backtest.run.past import PastRobot, SaidLog
from backtest.run.result import FILE as RESULT
from backtest.run.result import Result, write_result
from backtest.run.simulated import SimulatedVenues
from backtest.run.watches import LOOKS, STOPS, Every, Once, RecordWatch, WhenAsked, stop_unless
from backtest.stopping import Stopping
from connectors.timers import VenueTimers
from robot.assembly import load_strategy
from robot.basics.numbers import set_decimal_context
from robot.core.games import version_of
from robot.core.state import StrategyLoader, restore, snapshot
from robot.deals.reference import Reference
from robot.errors import ConfigurationError, RobotError
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent, RobotStarted, SessionKind
from robot.settings import Settings, load_settings

PLAN = "run.json"
_MINUTE_NS = 60_000_000_000
_MILLISECOND = Decimal(1_000_000)


class Progress(msgspec.Struct, frozen=True):
    """How far a run is; given to who wants to show or to prune it."""

    at_ns: int
    share: float
    """Of the span, 0 to 1."""
    quotes: int
    deals: int


Told = Callable[[Progress], bool | None]
"""Called now and then; False ends the run where it is, to be resumed or left."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was begun with: `run.json` of its folder."""

    config: dict[str, object]
    overrides: dict[str, str]
    config_hash: str
    desk_hash: str
    data_hash: str
    code_version: str


def run(
    config: BacktestConfig,
    overrides: Mapping[str, object] = {},
    progress: Told | None = None,
    *,
    folder: Path | None = None,
    feed: Feed | None = None,
    settings: Settings | None = None,
    stopping: Stopping | None = None,
    loader: StrategyLoader = load_strategy,
) -> Result:
    """Run it from its beginning. `overrides` by dotted keys (`config.overridden`); `folder` in
    place of `runs/NAME`; `feed` in place of the data store; `settings` in place of reading the
    desk's files again. Raises RobotError where data or configuration do not allow it, `Stopped`
    where `progress` said so, or `stopping` asks for it: then at a checkpoint.
    """
    chosen = overridden(config, overrides)
    where = folder if folder is not None else chosen.runs / chosen.name
    said = {key: str(value) for key, value in overrides.items()}
    running = Running(chosen, where, said, feed=feed, settings=settings, loader=loader)
    try:
        _make_room(where)
        running.write_plan()
    except OSError as problem:
        told = f"cannot be written: {problem.strerror or problem}"
        raise ConfigurationError(f"{where}: {told}; runs: names another folder") from problem
    return running.run(progress, None, stopping)


def resume(
    folder: Path,
    progress: Told | None = None,
    *,
    feed: Feed | None = None,
    stopping: Stopping | None = None,
) -> Result:
    """Go on from the last checkpoint: the result is that of a run that never stopped."""
    path = folder / PLAN
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise ConfigurationError(f"{path}: is not a run that was begun: {problem}") from problem
    config = BacktestConfig.model_validate(plan.config)
    running = Running(config, folder, plan.overrides, feed=feed)
    mine = running.plan()
    for name in ("desk_hash", "data_hash", "code_version"):
        before, now = getattr(plan, name), getattr(mine, name)
        if before != now:
            what = name.replace("_", " ")
            text = f"{folder}: cannot go on: the {what} was {before} and is {now}"
            raise ConfigurationError(f"{text}; run it from the beginning")
    return running.run(progress, read_checkpoint(folder), stopping)


def _make_room(folder: Path) -> None:
    """An earlier run of the name gives way; anything else does not."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / PLAN).exists()):
        raise ConfigurationError(f"{folder}: is not the folder of a run; name another one")
    shutil.rmtree(folder)


class Running:
    """The parts of a run, and its life."""

    def __init__(
        self,
        config: BacktestConfig,
        folder: Path,
        overrides: dict[str, str],
        *,
        feed: Feed | None = None,
        settings: Settings | None = None,
        loader: StrategyLoader = load_strategy,
    ) -> None:
        set_decimal_context()
        self._config, self._folder, self._overrides = config, folder, overrides
        self._loader = loader
        self.settings = settings if settings is not None else load_settings(config.desk)
        self._reference: Reference = changed_reference(self.settings.reference, config)
        self._data_hash = ""
        self._clients: Clients | None = None
        self._given = feed is not None
        version_of(self._reference, loader)  # said before the first event, games and books too
        if feed is None:
            check_names(config, self.settings)
            check_data(config, self.settings)
            check_clients(config)
            feed, self._data_hash = open_feed(config, self.settings)
        self._feed = feed
        self.counts = Counts()
        self._recorder: Recorder | None = None
        self._hosts: Hosts | None = None

    def plan(self) -> Plan:
        """What it is begun with."""
        return Plan(
            config=self._config.model_dump(mode="json"),
            overrides=self._overrides,
            config_hash=self._config.hash,
            desk_hash=self.settings.hash,
            data_hash=self._data_hash,
            code_version=robot.__version__,
        )

    def write_plan(self) -> None:
        """`run.json`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        text = msgspec.json.format(msgspec.json.encode(self.plan()), indent=2)
        (self._folder / PLAN).write_bytes(text + b"\n")

    # --- the run

    def run(
        self,
        progress: Told | None,
        point: Checkpoint | None,
        stopping: Stopping | None = None,
    ) -> Result:
        """From the beginning, or from a checkpoint on."""
        self._clear(point)
        self._log = SaidLog(self._folder / SAID, point.said_bytes if point is not None else 0)
        self._journal = self._open_journal()
        try:
            self._hosts = self._begin_hosts(point)
            self._robot = self._make_robot(point)
            self._recorder = Recorder(
                EngineMarket(self._robot.engine),
                saved=point.records if point is not None else b"",
                rows=point.rows if point is not None else None,
            )
            if point is not None:
                self.counts = point.counts
            self._live(progress, point, stopping)
            return self._finish()
        finally:
            self._log.close()
            if self._hosts is not None:
                self._hosts.close()
            if self._journal is not None:
                self._journal.close()

    def _live(
        self, progress: Told | None, point: Checkpoint | None, stopping: Stopping | None
    ) -> None:
        config = self._config
        begin_ns, end_ns = config.span.begin_ns, config.span.end_ns
        venues = self._venues = self._make_venues()
        self._driver = Driver(
            self._robot,
            venues,
            self._feed,
            self._watches(progress, point, stopping),
            to_robot_ns=_nanoseconds(config.conduct.to_robot_ms),
            to_venue_ns=_nanoseconds(config.conduct.to_venue_ms),
            log=self._log,
        )
        if point is None:
            self._robot.begin(begin_ns, self._started(begin_ns))
        else:
            self._driver.robot = past = PastRobot(self._folder / SAID, point.said_bytes)
            self._driver.log = None
            past.begin()
        self._driver.begin(begin_ns, self._sessions(venues))
        self._driver.run(end_ns)

    def _started(self, at_ns: int) -> RobotStarted:
        return RobotStarted(
            trade_date=self._timers.trade_date(at_ns),
            reference=self._reference,
            code_version=robot.__version__,
            configuration_hash=self.settings.hash,
        )

    def _sessions(self, venues: VenueSide) -> list[tuple[str, SessionKind]]:
        kinds = (SessionKind.MARKET_DATA, SessionKind.DEALING)
        said = [(name, kind) for kind in kinds for name in venues.venues]
        copied = {venue.id for venue in self.settings.desk.venues if venue.drop_copy}
        return said + [(name, SessionKind.DROP_COPY) for name in venues.venues if name in copied]

    def _watches(
        self, progress: Told | None, point: Checkpoint | None, stopping: Stopping | None
    ) -> list[Watch]:
        span = self._config.span
        length_ns = self._config.checkpoint_minutes * _MINUTE_NS
        watches: list[Watch] = []
        if point is None:
            watches = [self._records(), Every(span.begin_ns, length_ns, self._save)]
        else:
            watches = [Once(point.due_ns, lambda at_ns: self._take_up(point, length_ns))]
        if progress is not None:
            each_ns = max(1, (span.end_ns - span.begin_ns) // LOOKS)
            watches.append(Every(span.begin_ns, each_ns, lambda at_ns: self._tell(progress, at_ns)))
        if stopping is not None:
            each_ns = max(1, (span.end_ns - span.begin_ns) // STOPS)
            watches.append(WhenAsked(each_ns, stopping, self._stop))
        return watches

    def _records(self) -> RecordWatch:
        assert self._recorder is not None, "made before the run"
        return RecordWatch(self._recorder)

    def _take_up(self, point: Checkpoint, length_ns: int) -> None:
        """The venues are where they were: from here on the robot lives again."""
        driver = self._driver
        if (driver.quotes, driver.stimuli) != (point.quotes, point.stimuli):
            there = f"{driver.quotes} prices, {driver.stimuli} messages"
            text = f"{self._folder}: at the checkpoint there are {there}; there were"
            raise RobotError(f"{text} {point.quotes} and {point.stimuli}: run it again")
        driver.robot, driver.log = self._robot, self._log
        driver.watches[:0] = [self._records(), Every(point.due_ns, length_ns, self._save)]

    def _tell(self, progress: Told, at_ns: int) -> None:
        span = self._config.span
        share = (at_ns - span.begin_ns) / (span.end_ns - span.begin_ns)
        stop_unless(progress(Progress(at_ns, share, self._driver.quotes, self.counts.deals)))

    # --- parts

    def _clear(self, point: Checkpoint | None) -> None:
        """What was kept after the checkpoint is of the part that is run again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / RESULT).unlink(missing_ok=True)
        journal = self._folder / "journal"
        if point is None:
            (self._folder / CHECKPOINT).unlink(missing_ok=True)
            for name in ("journal", "records"):
                shutil.rmtree(self._folder / name, ignore_errors=True)
        elif point.journal is not None:
            cut_journal(journal, point.journal)

    def _open_journal(self) -> RunJournal | None:
        if self._config.journal == "none":
            return None
        strategy = self._reference.strategy
        about = {
            "configuration_hash": self.settings.hash,
            "strategy": f"{strategy.name} {strategy.version}",
            "seed": str(self._reference.seed),
            "backtest": self._config.name,
        }
        return RunJournal(self._folder / "journal", about)

    def _make_robot(self, point: Checkpoint | None) -> Robot:
        desk = self.settings.desk
        self._timers = VenueTimers(desk.schedule, tuple(venue.id for venue in desk.venues))
        made = Robot(
            sessions_of(self.settings, SessionKind.DEALING),
            self._hear,
            timers=self._timers,
            journal=self._journal,
            state=restore(point.state) if point is not None else None,
            links=point.links if point is not None else None,
            loader=self._loader,
            hosts=self._hosts,
        )
        if point is not None:
            made.numbers.update(point.numbers)
            made.go_on(point.now_ns, point.schedule_ns)
        return made

    def _begin_hosts(self, point: Checkpoint | None) -> Hosts | None:
        choices = hosts_of(self._reference)
        if not choices:
            return None
        return Hosts(
            choices,
            self.settings.folder,
            self._reference.seed,
            self._folder,
            _nanoseconds(self._config.conduct.strategy_ms),
            point.told if point is not None else (),
        )

    def _make_venues(self) -> SimulatedVenues:
        assert self._recorder is not None, "made before the run"
        made = clients_of(self.settings, self._config, self._feed.keys, self._known_market)
        self._clients = made
        # While a part that is over is gone through again it is told what its records have already.
        made.venues.heard = self._recorder.rivals
        return made.venues

    def _known_market(self) -> Feed:
        """What informed clients know: more than the run's own span where that is a part of one."""
        config = self._config
        if self._given or config.known_ns == config.span.end_ns:
            return self._feed
        span = config.span.model_copy(update={"end": config.flow.informed_until})
        return open_feed(config.model_copy(update={"span": span}), self.settings)[0]

    def _hear(self, at_ns: int, event: AnyEvent, effects: Sequence[AnyEffect]) -> None:
        self.counts.hear(event, effects)
        if self._recorder is not None:
            self._recorder.take(at_ns, event, effects)

    # --- what is kept

    def _stop(self, at_ns: int) -> None:
        """Here, at a checkpoint; while the past is gone through again, at the one it leads to."""
        if self._driver.robot is self._robot:
            self._checkpoint(at_ns)
        raise Stopped

    def _save(self, due_ns: int) -> None:
        """A checkpoint, with the rows so far in files."""
        assert self._recorder is not None, "made before the run"
        self._recorder.write(self._folder / "records")
        self._checkpoint(due_ns)

    def _checkpoint(self, due_ns: int) -> None:
        """Rows that are in no file yet go with it: files are cut at the same moments as in a run
        that nobody stopped.
        """
        assert self._recorder is not None, "made before the run"
        if self._journal is not None:
            self._journal.settle()
        driver, inside = self._driver, self._robot
        write_checkpoint(
            Checkpoint(
                due_ns=due_ns,
                now_ns=driver.now_ns,
                quotes=driver.quotes,
                stimuli=driver.stimuli,
                state=snapshot(inside.engine.state),
                links=inside.links,
                numbers=inside.numbers,
                schedule_ns=inside.schedule_ns,
                counts=self.counts,
                said_bytes=self._log.flush(),
                journal=self._journal.place if self._journal is not None else None,
                records=self._recorder.snapshot(),
                rows=self._recorder.tables(),
                told=self._hosts.flush() if self._hosts is not None else [],
            ),
            self._folder,
        )

    def _finish(self) -> Result:
        """The last turn, the rest of the records, `result.json`."""
        assert self._recorder is not None and self._clients is not None, "made before the run"
        config, end_ns = self._config, self._config.span.end_ns
        self._robot.end(end_ns)
        conduct = config.conduct
        hosts = self._hosts
        files = hosts.end(again=conduct.strategy_again) if hosts is not None else ()
        self._recorder.finish(end_ns)
        self._recorder.write(self._folder / "records")
        if self._journal is not None:
            self._journal.settle()
        result = Result(
            name=config.name,
            folder=str(self._folder),
            begin_ns=config.span.begin_ns,
            end_ns=end_ns,
            seed=config.seed,
            code_version=robot.__version__,
            config_hash=config.hash,
            desk_hash=self.settings.hash,
            data_hashes={
                name: value
                for name, value in (("market", self._data_hash), ("flow", self._clients.digest))
                if value
            },
            assumptions=(
                *assumptions_of(config, self._clients.told),
                *self._venues.told(),
                *hosted_assumptions(self._reference, conduct.strategy_ms, files),
            ),
            figures=figures_of(
                self._driver.quotes, self.counts, EngineMarket(self._robot.engine), end_ns
            ),
            overrides=self._overrides,
            files=files,
        )
        write_result(result, self._folder)
        return result


def _nanoseconds(milliseconds: Decimal) -> int:
    return int(milliseconds * _MILLISECOND)
