"""Evidence as a page of HTML that needs nothing else: no script, no font, no picture, no address.

Everything that is shown is escaped, here and once: what a peer wrote can neither be markup nor act.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from connectors.evidence.words import safe

_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#1a2330;background:#fff;margin:2rem auto;
 max-width:72rem;padding:0 1.5rem}
h1{font-size:1.4rem;margin:0 0 .2rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
p{margin:.2rem 0;overflow-wrap:anywhere}.quiet{color:#5b6878}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dfe4ea;vertical-align:top}
th{font-weight:600;background:#f4f6f8}td.number,th.number{text-align:right;white-space:nowrap}
.wide{overflow-x:auto}
ol{list-style:none;margin:0;padding:0}
li{border-left:4px solid #b9c3ce;margin:0 0 .7rem;padding:.15rem 0 .15rem .9rem}
li h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
li pre{font:12.5px/1.45 ui-monospace,monospace;margin:.25rem 0 0;white-space:pre-wrap;
 overflow-wrap:anywhere}
.group{display:inline-block;min-width:5.2rem;font-size:.75rem;letter-spacing:.04em;
 text-transform:uppercase;color:#5b6878}
.in,.market{border-color:#3b7dd8}.decision{border-color:#7a4fd0}.out{border-color:#17865f}
.limits{border-color:#c98a00}.book{border-color:#17865f}.approval{border-color:#555f6b}
.problem{color:#a3201d;font-weight:600}
@media print{body{margin:0;max-width:none}li{break-inside:avoid}}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page; `parts` are made by the functions below."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{_STYLE}</style></head><body>"
    )
    return head + "".join(parts) + "</body></html>\n"


def escaped(value: object) -> str:
    """A value in which nothing is markup and nothing acts."""
    return html.escape(safe(value))


def heading(text: str) -> str:
    """A heading of a part."""
    return f"<h2>{escaped(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    """A line of text."""
    return f'<p class="{kind}">{escaped(text)}</p>' if kind else f"<p>{escaped(text)}</p>"


def table(names: Sequence[str], rows: Sequence[Sequence[object]], numbers: int = 0) -> str:
    """A table; its last `numbers` columns are figures. Without rows a word that says so."""
    if not rows:
        return paragraph("none", "quiet")
    first_number = len(names) - numbers

    def cells(row: Sequence[object], tag: str) -> str:
        kinds = [' class="number"' if at >= first_number else "" for at in range(len(row))]
        return "".join(
            f"<{tag}{kind}>{escaped(value)}</{tag}>" for kind, value in zip(kinds, row, strict=True)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(names, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def wide(table: str) -> str:
    """A table of many columns: it scrolls by itself where the page is narrower."""
    return f'<div class="wide">{table}</div>'
