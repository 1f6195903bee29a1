"""The use of every limit, minute by minute: what its movements left, and the peak in between."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from backtest.records.columns import Kind, scaled
from backtest.records.rows import Rows
from connectors.evidence.use import headroom_of
from robot.basics.numbers import ZERO
from robot.messages.effects import LimitMove, LimitsMoved


class Used(msgspec.Struct):
    """One limit that moved in this minute; all in its own unit."""

    move: LimitMove
    peak: Decimal
    """Most that was used and reserved together, as `connectors.evidence.use` counts it."""
    peak_maximum: Decimal


class LimitUses(msgspec.Struct):
    """Since the last row."""

    moved: dict[str, Used] = {}

    def take(self, effect: LimitsMoved) -> None:
        """Movements of one moment."""
        moved = self.moved
        for move in effect.moves:
            worst = move.maximum - headroom_of(move, effect.verb)
            known = moved.get(move.limit_id)
            if known is None:
                moved[move.limit_id] = Used(move, worst, move.maximum)
                continue
            known.move = move
            if worst > known.peak:
                known.peak, known.peak_maximum = worst, move.maximum

    def put(self, at_ns: int, rows: Rows) -> None:
        """A minute is over."""
        for limit_id, used in self.moved.items():
            maximum = used.peak_maximum
            share = used.peak / maximum if maximum > ZERO else None
            rows.add(
                "limits",
                {
                    "at_ns": at_ns,
                    "limit_id": limit_id,
                    "used": scaled(used.move.utilisation, Kind.MONEY),
                    "reserved": scaled(used.move.reserved, Kind.MONEY),
                    "maximum": scaled(used.move.maximum, Kind.MONEY),
                    "peak_share": scaled(share, Kind.SHARE),
                },
            )
        self.moved = {}
