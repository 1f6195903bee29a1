"""Writes one override into a desk's desk.yaml, leaving everything else as it stands."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from robot.basics.holidays import CalendarId
from robot.catalogue import OverrideRow
from robot.errors import ConfigurationError
from robot.settings import load_settings

KINDS = ("holiday", "workday")


def write_override(folder: Path, calendar: CalendarId, day: date, kind: str, name: str) -> str:
    """Add the row, or change it where the day has one; what the file said is told. A file that
    would not load any more is left as it was.
    """
    if kind not in KINDS:
        raise ConfigurationError(f"kind {kind[:20]!r}: a day is a {' or a '.join(KINDS)}")
    path = folder / "desk.yaml"
    settings = load_settings(folder)
    known = settings.catalogue.calendars([calendar])[calendar]
    was = known.closed_by(day) or "a business day"
    text = path.read_text(encoding="utf-8")
    path.write_text(_with_row(text, calendar, day, kind, name), encoding="utf-8")
    try:
        changed = load_settings(folder)
        rows = changed.catalogue.allowed.overrides
        wanted = OverrideRow.model_validate(
            {"calendar": calendar, "date": day, "kind": kind, "name": name}
        )
        if wanted not in rows:
            raise ConfigurationError(f"{path}: the row did not get into the file")
        changed.catalogue.calendars([calendar])
    except Exception:
        path.write_text(text, encoding="utf-8")
        raise
    return f"{path}: {calendar} {day} is now a {kind} ({name}); before: {was}"


def _with_row(text: str, calendar: CalendarId, day: date, kind: str, name: str) -> str:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    content = yaml.load(text)
    section = content.setdefault("calendars", CommentedMap())
    if not section.get("overrides"):
        section["overrides"] = CommentedSeq()
    rows = section["overrides"]
    row = CommentedMap(calendar=str(calendar), date=day, kind=kind, name=name)
    row.fa.set_flow_style()
    same = [
        n
        for n, old in enumerate(rows)
        if (old["calendar"], str(old["date"])) == (calendar, str(day))
    ]
    if same:
        rows[same[0]] = row
    else:
        rows.append(row)
    out = io.StringIO()
    yaml.dump(content, out)
    return out.getvalue()
