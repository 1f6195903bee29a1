"""How much of each limit was used: running figures, and the largest they ever were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.limit_rows import LimitKind
from robot.limits.tree import TWO_SIDED
from robot.messages.effects import AnyEffect, LimitMove, LimitsMoved

_TWO_SIDED = tuple(str(kind) for kind in TWO_SIDED)
_SHARE_DIGITS = Decimal("0.0001")


class LimitUse(msgspec.Struct, kw_only=True):
    """One limit, all in its own unit. `peak` = the most that was used and reserved together; of a
    two-sided limit, a position, the most that was used either way: movements do not say on which
    side what is reserved lies.
    """

    limit_id: str
    used: Decimal
    reserved: Decimal
    maximum: Decimal
    headroom: Decimal
    share: Decimal | None
    """Of the maximum, as a fraction of 1; None where nothing is allowed."""
    peak: Decimal
    peak_ns: int
    peak_share: Decimal | None
    peak_maximum: Decimal
    """Its maximum at that time; it may have been changed since."""
    movements: int = 0

    @property
    def fullest(self) -> Decimal | None:
        """The larger share, of the peak or of now: a maximum cut below its use is a breach."""
        shares = [one for one in (self.peak_share, self.share) if one is not None]
        return max(shares, default=None)


class Peaks:
    """Follows all limits over effects in their order."""

    def __init__(self) -> None:
        self.of: dict[str, LimitUse] = {}

    def follow(self, at_ns: int, effects: Iterable[AnyEffect]) -> None:
        """Movements of one turn."""
        for effect in effects:
            if isinstance(effect, LimitsMoved):
                for move in effect.moves:
                    self._move(at_ns, move, effect.verb)

    def by_share(self) -> list[LimitUse]:
        """The fullest first, by their peaks, or by what is used of them now."""
        return sorted(
            self.of.values(),
            key=lambda one: (one.fullest is None, -(one.fullest or ZERO), one.limit_id),
        )

    def _move(self, at_ns: int, move: LimitMove, verb: str) -> None:
        worst = move.maximum - headroom_of(move, verb)
        known = self.of.get(move.limit_id)
        share = share_of(worst, move.maximum)
        if known is None:
            known = self.of[move.limit_id] = LimitUse(
                limit_id=move.limit_id,
                used=ZERO,
                reserved=ZERO,
                maximum=ZERO,
                headroom=ZERO,
                share=None,
                peak=worst,
                peak_ns=at_ns,
                peak_share=share,
                peak_maximum=move.maximum,
            )
        known.used, known.reserved = move.utilisation, move.reserved
        known.maximum, known.share = move.maximum, share
        known.headroom = move.maximum - worst
        known.movements += 1
        if worst > known.peak:
            known.peak, known.peak_ns, known.peak_share = worst, at_ns, share
            known.peak_maximum = move.maximum


def is_two_sided(limit_id: str) -> bool:
    """Whether it limits a figure either way, such as a position, long and short."""
    return limit_id.lower().startswith(_TWO_SIDED)


def headroom_of(move: LimitMove, verb: str = "") -> Decimal:
    """What a movement left: of a position, before what is reserved, whose side it does not say."""
    used = abs(move.utilisation)
    if verb == "value" or move.limit_id.lower().startswith(LimitKind.LIQUIDITY_GAP):
        used = move.utilisation  # what was won, or more cash than is needed, is room
    return move.maximum - (used if is_two_sided(move.limit_id) else used + move.reserved)


def share_of(part: Decimal, maximum: Decimal) -> Decimal | None:
    """A part of a maximum as a fraction of 1; None where the maximum is 0."""
    return (part / maximum).quantize(_SHARE_DIGITS) if maximum else None


def percent(share: Decimal | None) -> str:
    """`12.34 %`; nothing is allowed where there is no share."""
    return f"{share * 100:.2f} %" if share is not None else "-"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One limit now."""

    limit_id: str
    reason: str
    used: Decimal
    reserved: Decimal
    """Worst case of everything outstanding, on the worse side."""
    maximum: Decimal
    headroom: Decimal
    share: Decimal | None
    excess: Decimal = ZERO
    """By how much a fact has put it over its maximum."""
    unknown: str = ""
    """Why its figure is not known now, and an old one is shown."""


def account_of(row: Mapping[str, object]) -> Account:
    """From the figures that the gate keeps, as JSON has them."""
    used, maximum = _number(row, "utilisation"), _number(row, "maximum")
    up, down = _number(row, "reserved_up"), _number(row, "reserved_down")
    worst = used + up
    if row.get("two_sided"):
        worst = max(worst, down - used)
    return Account(
        limit_id=str(row["limit_id"]),
        reason=str(row.get("reason", "")),
        used=used,
        reserved=max(up, down),
        maximum=maximum,
        headroom=maximum - worst,
        share=share_of(worst, maximum),
        excess=_number(row, "excess"),
        unknown=str(row.get("unknown", "")),
    )


def fullest_first(accounts: Iterable[Account]) -> list[Account]:
    """By share of the maximum; what nothing is allowed of comes last."""
    return sorted(accounts, key=lambda one: (one.share is None, -(one.share or ZERO), one.limit_id))


def _number(row: Mapping[str, object], name: str) -> Decimal:
    return Decimal(str(row.get(name, 0)))
