"""How makers behave: the presets of `--makers`, and how a list or a file of makers is read.

A maker is written `NAME=STYLE`, with settings of its own behind colons:
`LPA=tight`, `LPB=last_look:tolerance=2:hold_ms=20-80`. A list has commas between makers; in a file
stands one maker a line, and what follows a # is a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from connectors.sim.bargain import Tactic
from connectors.sim.options import OptionError

_NAME_MAX = 20
HALF_WAY = "half_way"
"""The tactic of a maker that names none: it meets each price half way."""
TACTICS = (HALF_WAY, *Tactic)


@dataclass(frozen=True, slots=True)
class Style:
    """One way to behave. Margins are tenths of a pip on each side; of a loan 0.001 percent."""

    name: str
    margin: int = 2
    answer_ms: tuple[int, int] = (20, 120)  # from the request to the first quote
    life_ms: int = 5000  # from a quote to its end
    hold_ms: tuple[int, int] = (1, 30)  # from a take to its answer
    max_amount: int = 0  # of the dealt currency; more is refused with 658=3; 0 = any
    refuses: float = 0.0  # share of requests refused with 658=10
    silent: bool = False  # never answers
    late: bool = False  # answers after the request's end
    indicative: bool = False  # 537=0
    requotes: int = 0  # quotes that replace the first
    requote_ms: tuple[int, int] = (80, 300)
    fade: int = 0  # each requote is so much worse on both sides
    tolerance: int = -1  # the market may move so far against the maker; -1 = no last look
    rounds: int = 0  # counters answered before the maker walks away; 0 = none
    floor: int = 0  # the least margin of a maker that negotiates
    tactic: str = HALF_WAY  # how it gives way, one of TACTICS
    pulls: float = (
        0.5  # share of walk-aways told by Z, too; the others show when a take is rejected
    )
    withdraws: float = 0.0  # share of quotes taken back by Z before their end
    races: float = 0.0  # share of takes that meet a Z on their way
    withholds: float = 0.0  # share of deals of which nothing is said until H asks


STYLES = {
    style.name: style
    for style in (
        Style("tight", margin=1, answer_ms=(5, 40)),
        Style("wide", margin=12),
        Style("slow", margin=2, answer_ms=(800, 2500), life_ms=8000),
        Style("fader", margin=1, requotes=3, fade=2),
        Style("last_look", margin=0, tolerance=1, hold_ms=(20, 120)),
        Style("refuser", margin=2, max_amount=1_000_000, refuses=0.3),
        Style("silent", silent=True),
        Style("late", late=True),
        Style("indicative", margin=0, indicative=True),
        Style("negotiator", margin=8, rounds=3, floor=2, life_ms=8000),
        Style("flaky", margin=1, withdraws=0.4, races=0.3),
        Style("mute", margin=2, withholds=1.0),
    )
}
PRESETS: dict[str, dict[str, str]] = {
    "honest": {"LPTIGHT": "tight", "LPWIDE": "wide", "LPSLOW": "slow"},
    "all": {f"LP{name.replace('_', '').upper()}": name for name in STYLES},
}
Makers = Mapping[str, Style]


def parse_makers(text: str) -> dict[str, Style]:
    """The makers of a preset, a list, or a file."""
    if text in PRESETS:
        return {name: STYLES[style] for name, style in PRESETS[text].items()}
    if "=" in text:
        return _makers(part.strip() for part in text.split(",") if part.strip())
    path = Path(text)
    if not path.is_file():
        known = ", ".join(PRESETS)
        raise OptionError(
            f"--makers {text!r}: neither a preset ({known}), nor a list such as LPA=tight, "
            "nor a file"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    return _makers(line for line in (each.partition("#")[0].strip() for each in lines) if line)


def _makers(parts: Iterable[str]) -> dict[str, Style]:
    makers: dict[str, Style] = {}
    for part in parts:
        name, style = _maker(part)
        if name in makers:
            raise OptionError(f"--makers {part!r}: {name} is there already")
        makers[name] = style
    return makers


def _maker(text: str) -> tuple[str, Style]:
    head, *settings = text.split(":")
    name, _, kind = (part.strip() for part in head.partition("="))
    if not (name.isascii() and name.isalnum()) or len(name) > _NAME_MAX:
        raise OptionError(f"--makers {text!r}: a name is 1 to {_NAME_MAX} letters and digits")
    if kind not in STYLES:
        raise OptionError(f"--makers {text!r}: no style {kind!r}; there are {', '.join(STYLES)}")
    style = STYLES[kind]
    for setting in settings:
        style = _with(style, setting, text)
    return name, style


def _with(style: Style, setting: str, text: str) -> Style:
    key, _, value = (part.strip() for part in setting.partition("="))
    known = {each.name: getattr(style, each.name) for each in fields(Style) if each.name != "name"}
    if key not in known:
        raise OptionError(f"--makers {text!r}: no setting {key!r}; there are {', '.join(known)}")
    if key == "tactic" and value not in TACTICS:
        raise OptionError(f"--makers {text!r}: no tactic {value!r}; there are {', '.join(TACTICS)}")
    try:
        return replace(style, **{key: _value(known[key], value)})  # type: ignore[arg-type]
    except ValueError:
        raise OptionError(f"--makers {text!r}: {key}={value!r} is of the wrong form") from None


def _value(former: object, text: str) -> object:
    """A value of the kind that the setting has: a range as 20-80, a share as 0.4, yes or no."""
    if isinstance(former, bool):
        if text not in ("yes", "no"):
            raise ValueError(text)
        return text == "yes"
    if isinstance(former, tuple):
        low, _, high = text.partition("-")
        return int(low), max(int(low), int(high or low))
    if isinstance(former, float):
        share = float(text)
        if not 0 <= share <= 1:
            raise ValueError(text)
        return share
    return text if isinstance(former, str) else int(text)
