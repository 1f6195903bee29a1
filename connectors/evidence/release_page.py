"""The comparison of two strategies for people: as text and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from connectors.evidence.page import escaped, heading, page, paragraph, table
from connectors.evidence.release_compare import Compared, Figures, Pairing


def rows_of(pairing: Pairing) -> list[tuple[str, str, str]]:
    """What is compared, of the candidate and of the live strategy."""
    new, live = pairing.candidate, pairing.live
    rows: list[tuple[str, str, str]] = []
    for title, name in (
        ("decided", "decided"),
        ("sent", "sent"),
        ("quoted", "quoted"),
        ("passed", "passed"),
        ("failed", "failed"),
        ("asks a person or deals instead", "otherwise"),
        ("refused by limits", "refused"),
        ("distance from the middle, pips", "distance_pips"),
    ):
        rows.append((title, str(getattr(new, name)), str(getattr(live, name))))
    rows.append(("hits", _hits(new), _hits(live)))
    rows.append(("hit ratio, %", str(new.hit_ratio), str(live.hit_ratio)))
    currencies = dict.fromkeys((*new.result, *live.result))
    for currency in currencies:
        title = f"result after 1 min, {currency}"
        rows.append((title, _result(new, currency), _result(live, currency)))
    rows.append(("deals not valued", str(new.not_valued), str(live.not_valued)))
    for reason in dict.fromkeys((*new.reasons, *live.reasons)):
        title = f"no price: {reason}"
        rows.append((title, _count(new.reasons, reason), _count(live.reasons, reason)))
    return rows


def compare_lines(found: Compared) -> Iterator[str]:
    """As text."""
    if not found.pairs:
        yield "nothing to compare: no candidate decided beside the live strategy here"
        return
    for one in found.pairs:
        yield f"{one.candidate.strategy} in {one.stage} against {one.live.strategy}"
        yield f"{one.requests} requests that both decided on"
        for title, new, live in (("", "new", "live"), *rows_of(one)):
            yield f"  {title:32} {new:>22} {live:>22}"
    if found.apart:
        yield f"{found.apart} hits on later prices of streaming requests: not estimated"
    if found.persons:
        yield f"{found.persons} requests to which a person said neither's price: not compared"
    for text, times in found.by_itself.items():
        yield f"would have done by itself in {text}, {times} times"
    for text in found.assumptions:
        yield f"assumed: {text}"


def compare_page(found: Compared) -> str:
    """As HTML."""
    parts = ["<h1>New against live</h1>"]
    parts.append(paragraph(f"segments {', '.join(found.segments)}", "quiet"))
    if not found.pairs:
        parts.append(paragraph("Nothing to compare: no candidate decided beside the live one."))
    for one in found.pairs:
        title = f"{one.candidate.strategy} in {one.stage} against {one.live.strategy}"
        parts.append(heading(title))
        parts.append(paragraph(f"{one.requests} requests that both decided on."))
        parts.append(table(("What", "New", "Live"), rows_of(one), numbers=2))
    if found.apart:
        parts.append(paragraph(f"{escaped(found.apart)} hits on later prices: not estimated."))
    if found.persons:
        told = f"{found.persons} requests to which a person said neither's price: not compared."
        parts.append(paragraph(escaped(told)))
    if found.by_itself:
        parts.append(heading("What the candidate would have done by itself"))
        rows = [(text, str(times)) for text, times in found.by_itself.items()]
        parts.append(table(("What", "Times"), rows, numbers=1))
    parts.append(heading("Assumed"))
    parts.append(table(("Assumption",), [(text,) for text in found.assumptions]))
    return page("New against live", parts)


def _hits(figures: Figures) -> str:
    if not figures.hits_estimated:
        return str(figures.hits)
    return f"{figures.hits} + {figures.hits_estimated} estimated"


def _result(figures: Figures, currency: str) -> str:
    total = figures.result.get(currency, Decimal(0))
    estimated = figures.result_estimated.get(currency)
    return f"{total}" if estimated is None else f"{total} ({estimated} estimated)"


def _count(reasons: Mapping[str, int], reason: str) -> str:
    return str(reasons.get(reason, 0))
