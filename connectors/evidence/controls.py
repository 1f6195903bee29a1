"""The catalogue of controls: what each is for, what triggers it, what it does, and what proves it.

`docs/controls.md` is made from it: `python -m connectors.evidence.catalogue > docs/controls.md`.
Numbers and regulatory references are those of the desk's control catalogue. A reference is
*verified* where its text was read in a public source, else *to be checked* by compliance.
"""

from __future__ import annotations

import enum

import msgspec


class State(enum.StrEnum):
    """How much of a control there is."""

    BUILT = "built"
    PART = "in part"
    NOT_BUILT = "not built"


class Basis(msgspec.Struct, frozen=True):
    """A regulatory reference, and whether its text was read."""

    text: str
    verified: bool

    def told(self) -> str:
        """With its grade."""
        return f"{self.text} ({'verified' if self.verified else 'to be checked'})"


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control. A test is `file::function`, or `file::scenario` of a table of scenarios."""

    id: str
    name: str
    state: State
    trigger: str
    effect: str
    codes: tuple[str, ...] = ()
    """Reason codes of refusals, halts and alerts."""
    evidence: str
    basis: tuple[Basis, ...]
    tests: tuple[str, ...] = ()
    missing: str = ""
    """Of a control that is built in part or not: what there is not."""


RTS6_15_VALUE = Basis("RTS 6 Art. 15(1)(b) order value", True)
RTS6_15_VOLUME = Basis("RTS 6 Art. 15(1)(c) order volume", True)
RTS6_15_COLLAR = Basis("RTS 6 Art. 15(1)(a) price collars", True)
RTS6_15_MESSAGES = Basis("RTS 6 Art. 15(1)(d) messages", True)
RTS6_15_REPEATED = Basis("RTS 6 Art. 15(3) repeated execution", True)
RTS6_15_OVERRIDE = Basis("RTS 6 Art. 15(6) override", False)
RTS6_8 = Basis("RTS 6 Art. 8 limits before deployment", True)
RTS6_12 = Basis("RTS 6 Art. 12 kill functionality", True)
RTS6_13 = Basis("RTS 6 Art. 13 surveillance", True)
RTS6_14 = Basis("RTS 6 Art. 14 business continuity", False)
RTS6_16 = Basis("RTS 6 Art. 16 real-time monitoring", False)
RTS6_17 = Basis("RTS 6 Art. 17 post-trade controls", False)
RTS6_18 = Basis("RTS 6 Art. 18 access", False)
RTS6_CHANGE = Basis("RTS 6 Art. 5-8, 11 testing and change", False)
RTS6_9 = Basis("RTS 6 Art. 9 annual self-assessment", False)
RTS25 = Basis("RTS 25 clocks", False)
FIA = Basis("FIA automated trading best practices, July 2024", False)
ACI = Basis("ACI Model Code safeguards", True)
SEC = Basis("SEC 15c3-5 (design reference)", True)
BCBS241 = Basis("BCBS 241 guideline 2 principal risk", True)
PBOC3_TERM = Basis("PBoC Order [2007] No. 3, terms", True)
PBOC3_QUOTA = Basis("PBoC Order [2007] No. 3 Art. 25", False)
PBOC_BAND = Basis("PBoC official band", False)
CFETS = Basis("CFETS rules", False)
FXGC_LAST_LOOK = Basis("FX Global Code P17 last look", True)
FXGC_PREHEDGE = Basis("FX Global Code P11 pre-hedging", False)
FXGC_TIME = Basis("FX Global Code P9 time stamps", False)
FXGC_INFORMATION = Basis("FX Global Code P19-20 information", False)
FXGC_CONFIRMATION = Basis("FX Global Code confirmation", False)
HOUSE = Basis("the desk's own policy", False)

SYMBOL = {State.BUILT: "built", State.PART: "**in part**", State.NOT_BUILT: "**not built**"}


def page(controls: tuple[Control, ...]) -> str:
    """The page of all controls."""
    counts = {state: sum(one.state is state for one in controls) for state in State}
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    lines = [
        "# Controls",
        "",
        "For the compliance officer. Made from `connectors/evidence/catalogue_*.py` by",
        "`python -m connectors.evidence.catalogue > docs/controls.md`; a test compares the two and",
        "checks that every test named here exists.",
        "",
        f"{len(controls)} controls: {told}. A regulatory reference is *verified* where its text",
        "was read in a public source, else *to be checked* by compliance before anybody relies on",
        "it.",
        "Every decision is in the journal with its numbers (`fxrobot explain`), every day in the",
        "report of limits: [evidence.md](evidence.md).",
        "",
        "| # | control | state |",
        "|---|---|---|",
    ]
    lines += [
        f"| [{one.id}](#{one.id.lower()}) | {one.name} | {SYMBOL[one.state]} |" for one in controls
    ]
    for one in controls:
        lines += _section(one)
    return "\n".join(lines) + "\n"


def _section(one: Control) -> list[str]:
    rows = [
        ("control", one.name),
        ("state", SYMBOL[one.state]),
        ("trigger", one.trigger),
        ("effect", one.effect),
        ("codes", ", ".join(f"`{code}`" for code in one.codes)),
        ("evidence", one.evidence),
        ("basis", "; ".join(basis.told() for basis in one.basis)),
        ("missing", one.missing),
        ("tests", "<br>".join(f"`{test}`" for test in one.tests)),
    ]
    lines = ["", f"## {one.id}", "", "| | |", "|---|---|"]
    return lines + [f"| {name} | {text} |" for name, text in rows if text]
