"""Scenarios as tables of FIX messages: who said what when, and what the robot answered.

    == F-04 an IOC order is dealt in part: what is not dealt gives its limit back
    desk: hedging
    09:30:00.000 | ALPHA  | prices EUR/USD 1.10000/1.10010
    09:30:01.000 | BANKA  | buys 5m EUR/USD
                 | robot  | D 55=EUR/USD 54=1 38=4000000 40=2 59=3 11=$o
    09:30:01.010 | ALPHA  | 8 150=F 39=1 32=1000000
                 | record | BOOKED BUY 1000000 EUR/USD
                 | look   | position EUR = -4000000

Three columns: time (empty = as above), who, what.

- `ALPHA`: the venue says it; `BANKA` (`BANKA@BETA`): a client does, through ALPHA (BETA). FIX in
  short, completed by `tests/kit/fix_short.py`; or `prices PAIR BID/OFFER`; or of a client
  `buys 5m EUR/USD`, a whole conversation whose quote and fill are passed over; or `again`,
  `again 43=Y`: the last message once more.
- `copy`: the venue on its drop copy session.
- `robot` (`robot@BETA`): what it must have sent since, in order; every tag named must be there with
  that value, `!44` must not be there, `$o` is bound to what it says. A message that no row expects
  is a failure, one that does not come, too.
- `record`: deals booked, breaks and alarms, in order and completely: `BOOKED …`, `BREAK kind id`,
  `ALERT code`. The row is the beginning of what is recorded.
- `session`: `ALPHA DEALING down`, `up`, `reset` (both, and the venue's numbers begin again).
- `desk`: what people do, see `DOES` in `fix_desks.py`. `clock`: time passes.
- `look`: `what = figure`, see `LOOKS` there.

`desk:` lines configure it (`limits.messages_per_second=2`) or name one of `DESKS` there; `dialect=`
chooses how the venues speak. `repeat 50 every 100ms` to `end` repeats rows, `{n}` is 1, 2 …
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.fix.fields import FixMessage
from robot.messages.effects import AlertRaised, AnyEffect, BreakFound, DealBooked
from robot.messages.events import SessionKind
from tests.kit.desk import time_ns
from tests.kit.fix_desks import DOES, LOOKS, scene_of
from tests.kit.fix_scene import Sent, clock
from tests.kit.fix_short import Names, read_short
from tests.kit.script import amount_of

_MS_NS = 1_000_000
_REPEAT = re.compile(r"repeat (\d+) every (\d+)ms")
_IDS = re.compile(r"F-\d\d")


@dataclass(frozen=True)
class Row:
    """One line; `at` in the clock's words, `later_ns` what a repetition adds to it."""

    line: int
    at: str
    who: str
    what: str
    later_ns: int = 0


@dataclass
class FixScenario:
    """A named table and how the desk is configured for it."""

    name: str
    file: str
    words: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Of the table of scenarios: F-04."""
        return _IDS.findall(self.name)


def read_fix_scenarios(path: Path) -> list[FixScenario]:
    """All scenarios of a file."""
    return read_text(path.read_text(encoding="utf-8"), path.name)


def read_text(text: str, name: str = "table") -> list[FixScenario]:
    """All scenarios of a text."""
    found: list[FixScenario] = []
    repeat: tuple[int, int, int] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("=="):
            found.append(FixScenario(line.strip("= "), name))
        elif line.startswith("desk:"):
            found[-1].words += line.removeprefix("desk:").split()
        elif times := _REPEAT.fullmatch(line):
            repeat = len(found[-1].rows), int(times[1]), int(times[2])
        elif line == "end":
            assert repeat is not None, f"{name}:{number}: no repeat to end"
            _repeat(found[-1].rows, *repeat)
        else:
            cells = [cell.strip() for cell in line.split("|", 2)]
            assert len(cells) == 3, f"{name}:{number}: three columns are due"
            at = cells[0] or found[-1].rows[-1].at
            found[-1].rows.append(Row(number, at, cells[1], cells[2]))
    return found


def _repeat(rows: list[Row], begin: int, times: int, every_ms: int) -> None:
    block = rows[begin:]
    rows[begin:] = [
        Row(row.line, row.at, row.who, row.what.replace("{n}", str(n + 1)), n * every_ms * _MS_NS)
        for n in range(times)
        for row in block
    ]


def play_fix(scenario: FixScenario) -> None:
    """Play a scenario; the first row that went otherwise fails, with what was said."""
    _Player(scenario).play()


class _Player:
    def __init__(self, scenario: FixScenario) -> None:
        self.scenario = scenario
        self.scene = scene_of(scenario.words, scenario.rows[0].at)
        self.names = Names()

    def play(self) -> None:
        for row in self.scenario.rows:
            try:
                self._play(row)
            except AssertionError as problem:
                place = f"{self.scenario.file}:{row.line}: {row.who} | {row.what}"
                raise AssertionError(f"{place}\n  {problem}\n{self._said()}") from problem
        try:
            self._nothing_more()
        except AssertionError as problem:
            place = f"{self.scenario.file}: at the end of {self.scenario.name}"
            raise AssertionError(f"{place}\n  {problem}\n{self._said()}") from problem

    def _play(self, row: Row) -> None:
        at_ns = time_ns(row.at, self.scene.desk.day) + row.later_ns
        who, _, venue = row.who.partition("@")
        self.scene.reach(at_ns)
        if who == "robot":
            self._robot(row.what, venue or "ALPHA", at_ns)
        elif who == "record":
            self._record(row.what, at_ns)
        elif who == "look":
            self._look(self.names.filled(row.what))
        else:
            self._nothing_more()
            self._do(who, venue or "ALPHA", self.names.filled(row.what))

    def _do(self, who: str, venue: str, what: str) -> None:
        words = what.split()
        if who == "clock":
            return
        if who == "session":
            self._session(*words)
        elif who == "desk":
            DOES[words[0]](self.scene, words[1:])
        elif who in self.scene.venues:
            self._message(who, "", what)
        elif who == "copy":
            self.scene.tell(venue, read_short(what), copied=True)
        elif words[0] in ("buys", "sells"):
            self._deals(venue, who, *words)
        else:
            self._message(venue, who, what)

    def _message(self, venue: str, client: str, what: str) -> None:
        word, *rest = what.split()
        if word == "prices":
            bid, offer = rest[1].split("/")
            full = f"W 55={rest[0]} 268=2 269=0 270={bid} 269=1 270={offer}"
            self.scene.tell(venue, read_short(full))
        elif word == "again":
            self.scene.tell_again(venue, resent=bool(rest))
        else:
            self.scene.tell(venue, read_short(what), client)

    def _deals(self, venue: str, client: str, word: str, size: str, pair: str) -> None:
        """A request and its hit; the quote and the fill are passed over."""
        side, request = ("1" if word == "buys" else "2"), f"given{len(self.scene.desk.stepped)}"
        asked = f"R 131={request} 55={pair} 54={side} 38={amount_of(size)}"
        self.scene.tell(venue, read_short(asked), client)
        quote = self._passed_over("S")
        self.scene.tell(venue, read_short(f"D 117={quote.values[117]} 54={side}"), client)
        self._passed_over("8")
        first = next(at for at in self.scene.recorded if isinstance(at[1], DealBooked))
        self.scene.recorded.remove(first)

    def _passed_over(self, kind: str) -> FixMessage:
        assert self.scene.sent, f"no {kind} came"
        sent = self.scene.sent.pop(0)
        assert sent.message.type == kind, f"a {kind} is due: {_text(sent)}"
        return sent.message

    def _session(self, venue: str, kind: str, word: str) -> None:
        does = {"up": self.scene.log_on, "down": self.scene.log_out, "reset": self.scene.reset}
        does[word](venue, SessionKind[kind])

    def _robot(self, what: str, venue: str, at_ns: int) -> None:
        assert self.scene.sent, "the robot sent nothing (more)"
        sent = self.scene.sent[0]
        if what.startswith("any "):  # one of many that another scenario looks at
            wanted = what.split()[1]
            assert sent.message.type == wanted, f"a {wanted} is due"
            self.scene.sent.pop(0)
            return
        problem = self.names.difference(read_short(what), sent.message)
        assert not problem, problem
        assert sent.venue == venue, f"sent to {sent.venue}, not to {venue}"
        assert sent.at_ns == at_ns, f"sent at {clock(sent.at_ns)}, not at {clock(at_ns)}"
        self.scene.sent.pop(0)

    def _record(self, what: str, at_ns: int) -> None:
        self._skip_unremarkable()
        assert self.scene.recorded, "nothing (more) was recorded"
        recorded_ns, effect = self.scene.recorded[0]
        told, wanted = _remarkable(effect), self.names.filled(what)
        assert told.startswith(wanted), f"recorded was {told}"
        assert recorded_ns == at_ns, f"recorded at {clock(recorded_ns)}"
        self.scene.recorded.pop(0)

    def _look(self, what: str) -> None:
        asked, _, figure = what.partition(" = ")
        kind, _, name = asked.partition(" ")
        found = LOOKS[kind](self.scene, name)
        assert figure == found, f"it is {found}"

    def _nothing_more(self) -> None:
        """What the rows since the last doing did not expect."""
        assert not self.scene.sent, "the robot said what no row expects"
        self._skip_unremarkable()
        assert not self.scene.recorded, "it recorded what no row expects"

    def _skip_unremarkable(self) -> None:
        recorded = self.scene.recorded
        while recorded and not _remarkable(recorded[0][1]):
            recorded.pop(0)

    def _said(self) -> str:
        """What stands unlooked at, for the one who reads the failure."""
        sent = [f"  sent     {_text(each)}" for each in self.scene.sent]
        told = [_remarkable(effect) for _, effect in self.scene.recorded]
        return "\n".join([*sent, *(f"  recorded {text}" for text in told if text)])


def _text(sent: Sent) -> str:
    hidden = {8, 9, 10, 34, 49, 52, 56}
    told = [f"{tag}={value}" for tag, value in sent.message.fields if tag not in hidden]
    return f"{clock(sent.at_ns)[9:]} {sent.venue} {' '.join(told).removeprefix('35=')}"


def _remarkable(effect: AnyEffect) -> str:
    """What a `record` row must tell; empty = it need not."""
    match effect:
        case DealBooked(deal=deal):
            what = f"BOOKED {deal.side} {deal.base_amount:f} {deal.pair} at {deal.rate}"
            return f"{what} {deal.value_date} {deal.exec_id}"
        case BreakFound():
            return f"BREAK {effect.kind} {effect.exec_id} {effect.detail}"
        case AlertRaised():
            return f"ALERT {effect.code} {effect.text}"
    if type(effect).__name__ == "DealAmended":
        deal: Any = effect.deal  # type: ignore[union-attr]
        word = "VOID" if deal.void else "CORRECTED"
        return f"{word} {deal.side} {deal.base_amount:f} {deal.pair} at {deal.rate} v{deal.version}"
    return ""
