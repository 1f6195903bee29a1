"""Controls C-17 to C-30: exposures, hours and authority."""

from __future__ import annotations

from connectors.evidence import controls as c
from connectors.evidence.controls import Control, State

_TREE = "tests/unit/robot/test_limit_tree.py::"
_LADDERS = "tests/unit/robot/test_limit_ladders.py::"
_NIGHT = "tests/unit/robot/test_core_overnight.py::"
_LIMITS = "tests/scenarios/limits.txt::"
_DAY = "tests/scenarios/day.txt::"
_LOSSES = "tests/unit/robot/test_core_losses.py::"
_HOURS = "tests/unit/robot/test_limit_hours.py::"
_GOVERNING = "tests/unit/robot/test_core_governing.py::"
_APPROVING = "tests/unit/robot/test_approving.py::"
_DECISION = "the decision with its numbers"
_REFUSED = "refused before anything is sent"

EXPOSURE_CONTROLS = (
    Control(
        id="C-17",
        name="Counterparty line",
        state=State.BUILT,
        trigger="exposure of deals and of everything outstanding over the line",
        effect="refused before the quote; what is held is given back when it ends",
        codes=("COUNTERPARTY_LINE", "NO_ADD_ON", "NO_CONVERSION_RATE"),
        evidence="every movement: `fxrobot limits history`",
        basis=(c.SEC,),
        tests=(
            f"{_LIMITS}counterparty line: a cent below what the quote needs",
            f"{_LIMITS}counterparty line: just what the quote needs",
            f"{_LIMITS}counterparty line: a quote that ran out gives it back",
            f"{_LIMITS}two requests in the same moment for the last room: one gets it, and when it "
            "is dealt on nothing is left",
        ),
    ),
    Control(
        id="C-18",
        name="Settlement limit for each value date",
        state=State.BUILT,
        trigger="what is exchanged on a value date over `settlement` of the tree",
        effect="refused before anything is sent; held while it is outstanding",
        codes=("SETTLEMENT",),
        evidence="amounts by value date",
        basis=(c.BCBS241,),
        tests=(
            f"{_TREE}test_settlement_is_counted_by_value_date_and_falls_away_after_it",
            f"{_TREE}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
        ),
    ),
    Control(
        id="C-19",
        name="Counterparty admission",
        state=State.BUILT,
        trigger="not among the counterparties, or without line",
        effect=_REFUSED,
        codes=("UNKNOWN_COUNTERPARTY", "COUNTERPARTY_LINE", "PERMITTED"),
        evidence="the approved list in force, by its hash",
        basis=(c.CFETS, c.SEC),
        tests=(
            f"{_TREE}test_only_what_is_permitted_is_dealt",
            f"{_LIMITS}counterparty line: a counterparty that has none gets no quote",
            f"{_GOVERNING}test_a_counterparty_that_is_left_out_is_not_dealt_with_any_more",
        ),
    ),
    Control(
        id="C-20",
        name="Country and group limits",
        state=State.BUILT,
        trigger="the sum of a group or country over a row of the tree with that scope",
        effect="refused before anything is sent; held while it is outstanding",
        codes=("COUNTERPARTY_LINE",),
        evidence="the hierarchy in force",
        basis=(c.HOUSE,),
        tests=(
            f"{_TREE}test_a_group_shares_its_line_and_another_group_has_its_own",
            f"{_TREE}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
        ),
    ),
    Control(
        id="C-21",
        name="Interbank term cap",
        state=State.BUILT,
        trigger="term over `term_cap` of the counterparty's type",
        effect=_REFUSED,
        codes=("TERM_CAP",),
        evidence="the table of types",
        basis=(c.PBOC3_TERM,),
        tests=(
            f"{_TREE}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
        ),
    ),
    Control(
        id="C-22",
        name="Interbank quota",
        state=State.BUILT,
        trigger="principal outstanding and new over `quota`, lent and borrowed each by itself",
        effect="refused; a warning from the shares in `warn`, 90 % among them",
        codes=("QUOTA",),
        evidence="the balance: `fxrobot limits show`; the maximum is the officer's, read "
        "off no balance sheet",
        basis=(c.PBOC3_QUOTA,),
        tests=(
            "tests/unit/robot/test_core_products.py::"
            "test_a_quota_counts_lent_and_borrowed_each_by_itself_and_warns_at_ninety_percent",
        ),
    ),
    Control(
        id="C-23",
        name="Collateral",
        state=State.PART,
        trigger="haircut under `haircut_min`, or bonds that do not carry the loan",
        effect=_REFUSED,
        codes=("HAIRCUT", "INVALID_TERMS"),
        evidence=_DECISION,
        basis=(c.HOUSE,),
        tests=(
            "tests/unit/robot/test_core_products.py::"
            "test_a_bond_with_too_small_a_haircut_is_not_taken",
        ),
        missing="class, rating, issuer and remaining life of a bond",
    ),
    Control(
        id="C-24",
        name="Open position",
        state=State.BUILT,
        trigger="position with everything outstanding over `net_open_position` of a currency, or "
        "all that was bought and sold of it over `gross_position`",
        effect="what would raise it is refused, what lowers it passes",
        codes=("NET_OPEN_POSITION", "GROSS_POSITION"),
        evidence="every movement: `fxrobot limits history`",
        basis=(c.RTS6_8,),
        tests=(
            f"{_TREE}test_a_maximum_below_the_use_lets_through_only_what_reduces_and_not_beyond_flat",
            f"{_LIMITS}net open position: base currency below, at and above",
            f"{_LIMITS}net open position: a full one may only shrink, even through zero",
            f"{_LIMITS}net open position: quotes on both sides hold both sides",
            f"{_LADDERS}test_what_is_bought_and_sold_back_is_gross_and_not_net",
        ),
    ),
    Control(
        id="C-25",
        name="Overnight position",
        state=State.BUILT,
        trigger="position with everything outstanding over `overnight_position` from the moment "
        "`schedule.overnight` until the day rolls",
        effect="told, everything open is pulled, only what reduces passes; brought back where a "
        "hedge has an `overnight_band`",
        codes=("OVERNIGHT_POSITION",),
        evidence="the moment is an event of the journal; positions of the day's end",
        basis=(c.HOUSE,),
        tests=(
            f"{_NIGHT}test_over_the_overnight_limit_only_what_reduces_passes_until_the_day_rolls",
            f"{_NIGHT}test_a_hedge_brings_back_more_of_what_is_carried_overnight",
            "tests/unit/connectors/test_timers.py::"
            "test_a_start_tells_whether_the_overnight_limits_hold",
        ),
    ),
    Control(
        id="C-26",
        name="DV01 by bucket",
        state=State.BUILT,
        trigger="value of one basis point of a tenor bucket over `dv01` of a currency, or of all "
        "over `dv01_total`; net cash of a bucket over `tenor_gap`",
        effect="what would raise it is refused, what lowers it passes; made anew each trade date",
        codes=("DV01", "DV01_TOTAL", "TENOR_GAP"),
        evidence="every movement, those of the day roll too: `fxrobot limits history`",
        basis=(c.HOUSE,),
        tests=(
            f"{_LADDERS}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
            f"{_LADDERS}test_the_value_of_a_basis_point_is_that_of_the_books",
            f"{_LADDERS}test_money_comes_nearer_by_waiting_and_is_told",
            f"{_LADDERS}test_over_the_maximum_only_what_reduces_passes_and_not_beyond_flat",
        ),
    ),
    Control(
        id="C-27",
        name="Liquidity gap",
        state=State.BUILT,
        trigger="cash that is missing by a date of the horizon over `liquidity_gap`",
        effect="what takes cash away by that date is refused, what brings cash passes",
        codes=("LIQUIDITY_GAP",),
        evidence="an account for each currency and date: `fxrobot limits show`",
        basis=(c.HOUSE,),
        tests=(
            f"{_LADDERS}test_lending_for_a_date_without_cash_is_refused_and_borrowing_passes",
            f"{_LADDERS}test_what_brings_cash_passes_where_it_is_short_by_a_fact",
        ),
    ),
    Control(
        id="C-28",
        name="Loss limits",
        state=State.BUILT,
        trigger="loss of a day or month, or fall from the highest result, of an entity, desk, "
        "book, strategy, trader, pair or currency at `loss_day`, `loss_month`, `drawdown`",
        effect="what is open is pulled, nothing new dealt but what brings a position back; with "
        "`at_maximum: stop` the scope is stopped, at 1.2 times the maximum the desk; what cannot "
        "be valued is refused",
        codes=("LOSS_DAY", "LOSS_MONTH", "DRAWDOWN", "NOT_VALUED"),
        evidence="every movement: `fxrobot limits history`; alerts before and at the maximum",
        basis=(c.FIA,),
        tests=(
            f"{_LOSSES}test_a_loss_below_the_maximum_is_dealt_on_and_one_equal_to_it_is_not",
            f"{_LOSSES}test_a_price_alone_pulls_what_is_open_and_tells_it_once",
            f"{_LOSSES}test_a_row_that_stops_pulls_the_kill_switch_of_its_scope",
            f"{_LOSSES}test_at_a_fifth_more_than_the_maximum_the_desk_is_stopped",
            "tests/unit/robot/test_core_losses_valued.py::"
            "test_silence_of_a_pair_that_is_held_stops_every_other_until_it_is_heard",
            "tests/properties/test_losses.py::test_every_loss_is_what_a_list_of_all_deals_says",
        ),
    ),
    Control(
        id="C-29",
        name="Dealing hours and calendars",
        state=State.BUILT,
        trigger="outside the desk's or the venue's hours, or those of a row of `hours` or "
        "`permitted` (T+0 cut-off); a date that is no business day or that nobody has announced",
        effect=_REFUSED,
        codes=(
            "DEALING_CLOSED",
            "HOURS",
            "UNKNOWN_CALENDAR",
            "BEYOND_HORIZON",
            "UNKNOWN_VALUE_DATE",
        ),
        evidence="the calendars in force travel in the journal",
        basis=(c.CFETS,),
        tests=(
            f"{_DAY}the schedule's close pulls that venue's quotes only",
            f"{_HOURS}test_a_cut_off_is_about_what_settles_so_soon",
            f"{_HOURS}test_what_stands_when_the_hours_end_is_pulled_and_a_late_hit_deals_nothing",
            f"{_DAY}a venue that halts gets no quotes until it opens again",
            "tests/unit/robot/basics/test_holidays.py::"
            "test_several_calendars_are_good_only_together_and_only_as_far_as_the_nearest",
        ),
    ),
    Control(
        id="C-30",
        name="Authority",
        state=State.BUILT,
        trigger="a user without the role; the proposer approves; a token revoked; what a scope is "
        "not permitted",
        effect="refused and recorded",
        codes=("PERMITTED",),
        evidence="`fxrobot approvals refused`",
        basis=(c.RTS6_18,),
        tests=(
            f"{_TREE}test_only_what_is_permitted_is_dealt",
            f"{_APPROVING}test_a_bad_attempt_is_refused_and_recorded",
            f"{_APPROVING}test_who_may_not_propose_limits_is_refused_and_recorded",
            "tests/properties/test_approvals.py::"
            "test_what_is_approved_was_approved_by_another_person_with_the_role",
        ),
    ),
)
