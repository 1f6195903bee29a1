"""The command `fxrobot backtest lookahead`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtest.honesty.lookahead_run import CheckedRun, Taken
    from backtest.run.config import BacktestConfig
    from backtest.run.feed import Feed
    from connectors.market_files.fixings import CalendarOf

app = typer.Typer()


@app.command()
def lookahead(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A *.backtest.yaml file.")],
    samples: Annotated[int, typer.Option(min=1, help="So often it is run again.")] = 5,
    seed: Annotated[int, typer.Option(help="Chooses the moments.")] = 1,
    known: Annotated[
        list[Path] | None,
        typer.Option(help="A file that the strategy may read: it was known before the span."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Run again on less and less data: no decision may change, no official fact be there before it
    was public, no file be read. Exit code 1: something was found.
    """
    import msgspec

    from backtest.run.config import load_config

    found = checked(load_config(config), seed=seed, samples=samples, known=known or ())
    if as_json:
        content = {"clean": found.clean, "decisions": found.decisions, "cuts": found.cuts}
        typer.echo(msgspec.json.encode({**content, "differences": found.found}).decode())
    else:
        typer.echo(found.told())
    raise typer.Exit(0 if found.clean else 1)


def checked(
    config: BacktestConfig,
    *,
    seed: int,
    samples: int,
    known: Sequence[Path] = (),
    feed: Feed | None = None,
) -> CheckedRun:
    """Everything that is looked for; `feed` in place of the data store, but not cut."""
    from dataclasses import replace

    from backtest.honesty.lookahead_run import check_run, early_told
    from backtest.run.feed import open_feed
    from backtest.studies.early import Delayed, early_facts
    from robot.settings import load_settings

    runs = Runs(config, feed)
    found = check_run(runs, seed=seed, samples=samples)
    settings = load_settings(config.desk)
    market = feed if feed is not None else open_feed(config, settings)[0]
    early = early_facts(market, _calendars(config.desk))
    told: tuple[str, ...] = ()
    if early:
        later = runs.on(Delayed(market, _calendars(config.desk)))
        told = early_told(early, runs.whole, later)
    vouched = {str(path.resolve()) for path in known}
    return replace(found, early=told, files=tuple(sorted(runs.files - vouched)))


def _calendars(desk: Path) -> CalendarOf:
    """As an import of fixings has them."""
    from backtest.data.official import calendars_of
    from backtest.data.places import known_of

    return calendars_of(known_of(desk).conventions)


class Runs:
    """Runs of a configuration up to a moment, in folders that are thrown away; `files` = what its
    strategy read itself.
    """

    def __init__(self, config: BacktestConfig, feed: Feed | None = None) -> None:
        from backtest.honesty.reads import Reads

        self._config, self._feed = config, feed
        self._reads = Reads()
        self._used: set[str] = set()
        self.whole: list[Taken] = []

    def __call__(self, at_ns: int | None) -> list[Taken]:
        """On what came before `at_ns`; None = on all."""
        from backtest.studies.running import moment_text

        if at_ns is not None:
            overrides: dict[str, object] = {"span.end": moment_text(at_ns)}
            if self._config.flow.mode == "fitted":  # what clients know is theirs: it stays
                until = self._config.flow.informed_until or self._config.span.end
                overrides["flow.informed_until"] = until
            return self._run(overrides, self._feed)
        self.whole = self._run({}, self._feed)
        return self.whole

    def on(self, feed: Feed) -> list[Taken]:
        """On another market."""
        return self._run({}, feed)

    @property
    def files(self) -> set[str]:
        """Of all runs so far."""
        return self._used | {str(Path(name).resolve()) for name in self._reads.read}

    def _run(self, overrides: dict[str, object], feed: Feed | None) -> list[Taken]:
        from tempfile import TemporaryDirectory

        from backtest.honesty.lookahead_run import decisions_of
        from backtest.run.runner import run

        with TemporaryDirectory(prefix="fxrobot-lookahead-") as folder:
            where = Path(folder) / self._config.name
            chosen = {"journal": "full", **overrides}
            loader = self._reads.loader()
            result = run(self._config, chosen, folder=where, feed=feed, loader=loader)
            self._used |= set(result.files)
            return decisions_of(where / "journal")
