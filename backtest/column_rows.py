"""Expressions over some rows of the columns; each is worked out once while its parameters stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backtest.column_numbers import Numbers, absolute, compare, fixed, is_one_of, negative
from backtest.columns import Bools, Ints
from backtest.rule_plan import PIPS, Run, choice_codes
from robot.rules.tree import (
    Absolute,
    And,
    Arithmetic,
    Between,
    Compare,
    Comparison,
    Expression,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Literal,
    Negative,
    Not,
    OneOf,
    Or,
    ParameterRef,
    Rule,
    TableLookup,
)


class Rows:
    """Some rows: a stretch of the columns, or some of another's."""

    def __init__(self, run: Run, count: int, whole: Rows | None, places: Ints | None) -> None:
        self.count = count
        self._run = run
        self._whole = whole
        self._places = places
        self._facts: dict[int, Numbers] = {}
        self._worked: dict[int, Numbers] = {}
        self._truths: dict[tuple[int, bool], Bools] = {}
        self._parameters: tuple[int, ...] = () if whole is None else whole._parameters

    @classmethod
    def stretch(cls, run: Run, start: int, until: int) -> Rows:
        """The rows from one until before another."""
        rows = cls(run, until - start, None, None)
        for slot, column in enumerate(run.columns.columns):
            known = None if column.known is None else column.known[start:until]
            known = None if known is None or known.all() else known
            wide = {row - start: n for row, n in column.wide.items() if start <= row < until}
            rows._facts[slot] = Numbers(column.values[start:until], known, wide)
        return rows

    def taken(self, places: Ints) -> Rows:
        """Some of these rows."""
        return Rows(self._run, len(places), self, places)

    def take_parameters(self, values: Sequence[int]) -> None:
        """Other values of the parameters: what depends on one that changes is forgotten."""
        new, old = tuple(values), self._parameters
        if old:
            changed = {n for n, value in enumerate(new) if value != old[n]}
            depends = self._run.plan.depends
            for number in [n for n in self._worked if depends[n] & changed]:
                del self._worked[number]
            for key in [key for key in self._truths if depends[key[0]] & changed]:
                del self._truths[key]
        self._parameters = new

    def fires(self, rule: Rule) -> Bools:
        """Where the rule's condition is true."""
        if rule.when is None:
            return np.ones(self.count, np.bool_)
        return self.holds(rule.when, True)

    # --- conditions

    def holds(self, condition: Expression, wanted: bool) -> Bools:
        """Where a condition is true, or where it is false; unknown is neither."""
        key = self._run.plan.number(condition), wanted
        found = self._truths.get(key)
        if found is None and self._whole is not None and key in self._whole._truths:
            found = self._whole._truths[key][self._places]
        if found is None:
            found = self._holds(condition, wanted)
        self._truths[key] = found
        return found

    def _holds(self, condition: Expression, wanted: bool) -> Bools:
        match condition:
            case Literal():
                return np.full(self.count, condition.value is wanted)
            case And() | Or():
                return self._all_of(condition, wanted)
            case Not():
                return self.holds(condition.part, not wanted)
            case Compare():
                left, right = self.numbers(condition.left), self.numbers(condition.right)
                return self._compared(condition.comparison, left, right, wanted)
            case Between():
                value = self.numbers(condition.value)
                low = self._compared(Comparison.AT_MOST, self.numbers(condition.low), value, wanted)
                high = self._compared(
                    Comparison.AT_MOST, value, self.numbers(condition.high), wanted
                )
                return low & high if wanted else low | high
            case OneOf():
                value = self.numbers(condition.value)
                choices = choice_codes(condition, self._run.codes)
                return self._known(is_one_of(value, choices, self.count), value, wanted)
            case InSchedule():
                instants = self.numbers(condition.instant)
                inside = self._run.times(condition).inside(instants.values)
                inside[[*instants.wide]] = False
                return self._known(inside, instants, wanted)
            case Known():
                marks = self.numbers(condition.fact).marks(self.count)
                return ~marks if condition.missing is wanted else marks
            case _:
                value = self.numbers(condition)
                return self._known(value.spread(self.count) == 1, value, wanted)

    def _all_of(self, condition: And | Or, wanted: bool) -> Bools:
        """All of the parts where that is what makes it so, else one of them."""
        every = isinstance(condition, And) is wanted
        found: Bools | None = None
        for part in condition.parts:
            inner = self.holds(part, wanted)
            found = inner if found is None else found & inner if every else found | inner
            if not found.any() if every else found.all():
                break
        assert found is not None, "a condition has parts"
        return found

    def _compared(
        self, comparison: Comparison, left: Numbers, right: Numbers, wanted: bool
    ) -> Bools:
        found = compare(comparison, left, right, self.count)
        found = found if wanted else ~found
        for side in (left, right):
            found = found if side.known is None else found & side.known
        return found

    def _known(self, truths: Bools, of: Numbers, wanted: bool) -> Bools:
        found = truths if wanted else ~truths
        return found if of.known is None else found & of.known

    # --- values

    def numbers(self, expression: Expression) -> Numbers:
        """The values of an expression: names by their codes, truths as 0 and 1."""
        match expression:
            case Literal():
                value = expression.value
                code = self._run.codes[value] if isinstance(value, str) else int(value)
                return fixed(code, self.count)
            case FactRef():
                return self._fact(expression.slot)
            case ParameterRef():
                return fixed(self._parameters[expression.index], self.count)
        number = self._run.plan.number(expression)
        found = self._worked.get(number)
        if found is None and self._whole is not None and number in self._whole._worked:
            assert self._places is not None
            found = self._whole._worked[number].taken(self._places)
        if found is None:
            found = self._work(expression, number)
        self._worked[number] = found
        return found

    def _fact(self, slot: int) -> Numbers:
        found = self._facts.get(slot)
        if found is None:
            assert self._whole is not None and self._places is not None
            found = self._facts[slot] = self._whole._fact(slot).taken(self._places)
        return found

    def _work(self, expression: Expression, number: int) -> Numbers:
        run, rows = self._run, self.count
        match expression:
            case TableLookup():
                keys = [self.numbers(key) for key in expression.keys]
                return run.tables[expression.index].found(keys, rows)
            case Arithmetic():
                left, right = self.numbers(expression.left), self.numbers(expression.right)
                joint = run.plan.joints[number]
                return joint.joined(left, right, rows, plain=run.plain[number])
            case InPrice():
                left = self.numbers(expression.part)
                right = run.pips.get(expression.pip.slot) or self.numbers(expression.pip)
                return PIPS.joined(left, right, rows, plain=run.plain[number])
            case Negative():
                return negative(self.numbers(expression.part))
            case Absolute():
                return absolute(self.numbers(expression.part))
        yes, no = self.holds(expression, True), self.holds(expression, False)
        return Numbers(yes.astype(np.int64), yes | no)
