"""Controls C-01 to C-16: orders, prices, and how everything is stopped."""

from __future__ import annotations

from connectors.evidence import controls as c
from connectors.evidence.controls import Control, State

_LIMITS = "tests/scenarios/limits.txt::"
_MARKET = "tests/scenarios/market.txt::"
_DAY = "tests/scenarios/day.txt::"
_DEALS = "tests/scenarios/deals.txt::"
_CORE = "tests/unit/robot/test_core.py::"
_ABUSE = "tests/abuse/test_limits.py::"
_TREE = "tests/unit/robot/test_limit_tree.py::"
_RATES = "tests/unit/robot/test_limit_rates.py::"
_BAND = "tests/unit/robot/test_limit_band.py::"
_AGES = "tests/unit/robot/test_limit_ages.py::"
_COSTS = "tests/unit/robot/test_limit_costs.py::"
_DIGITS = "tests/unit/robot/test_limit_digits.py::"
_LIMIT_STOPS = "tests/unit/robot/test_limit_stops.py::"
_STOPS = "tests/unit/robot/test_core_stops.py::"
_ORDERS = "tests/unit/robot/test_core_orders.py::"
_PERSONS = "tests/unit/robot/test_core_persons.py::"
_GOVERNING = "tests/unit/robot/test_core_governing.py::"
_AUDITOR = "tests/unit/robot/test_auditor.py::"
_DECISION = "the decision with its numbers"
_REFUSED = "refused before anything is sent"

ORDER_CONTROLS = (
    Control(
        id="C-01",
        name="Largest order value",
        state=State.BUILT,
        trigger="the largest leg in line currency over `order_value` of the tree, or the amount "
        "over `deal_size`",
        effect=_REFUSED,
        codes=("ORDER_VALUE", "DEAL_SIZE"),
        evidence=_DECISION,
        basis=(c.RTS6_15_VALUE, c.FIA),
        tests=(
            f"{_TREE}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
            f"{_LIMITS}deal size: the maximum itself is allowed",
        ),
    ),
    Control(
        id="C-02",
        name="Largest clip",
        state=State.BUILT,
        trigger="amount over `deal_size` or `clip` of product, pair, tenor and scope; of a hedge "
        "its `clip`",
        effect=_REFUSED,
        codes=("DEAL_SIZE", "CLIP"),
        evidence=_DECISION,
        basis=(c.RTS6_15_VOLUME,),
        tests=(
            f"{_TREE}test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not",
            f"{_LIMITS}deal size: silver's is smaller",
            f"{_ORDERS}test_a_position_out_of_its_band_is_brought_back_a_clip_at_a_time",
        ),
    ),
    Control(
        id="C-03",
        name="Price collar against the market",
        state=State.BUILT,
        trigger="price further than `price_collar_bp` (loans `rate_collar_bp`) from the mid, or no "
        "fresh mid",
        effect=_REFUSED,
        codes=("PRICE_COLLAR", "STALE_MARKET", "NO_MARKET"),
        evidence="mid, its age and each venue's price",
        basis=(c.RTS6_15_COLLAR,),
        tests=(
            f"{_LIMITS}price collar: below, at and above the distance of our price",
            f"{_LIMITS}price collar: our price is outside",
            f"{_CORE}test_a_strategy_cannot_talk_the_gate_out_of_the_collar",
        ),
    ),
    Control(
        id="C-04",
        name="Price collar over time",
        state=State.BUILT,
        trigger="cost of the deals within `within_s` against the market over `collar_over_time`; "
        "the mid moves more than `market.jump_max_bp` within `jump_window_ms`",
        effect="refused, with `at_maximum: stop` the scope is stopped; a jump: the pair's quotes "
        "are pulled, requests and hits refused until it has held",
        codes=("COLLAR_OVER_TIME", "MARKET_JUMP"),
        evidence="every cost: `fxrobot limits history`; of a jump an alert with both mids",
        basis=(c.RTS6_15_COLLAR,),
        tests=(
            f"{_COSTS}"
            "test_what_was_dealt_and_the_worst_of_what_is_wanted_may_be_equal_to_the_maximum",
            f"{_COSTS}test_one_over_stops_its_scope_where_the_row_says_so",
            f"{_COSTS}test_rows_of_different_times_each_count_their_own_and_nothing_is_lost",
            f"{_CORE}test_a_jump_is_refused_with_both_mids",
            f"{_MARKET}a jump shown by two venues is believed after 5 s",
        ),
    ),
    Control(
        id="C-05",
        name="Official band",
        state=State.BUILT,
        trigger="a price of a pair further from the central parity of the trade date than its "
        "`official_band` row allows, or no such parity",
        effect=_REFUSED,
        codes=("OFFICIAL_BAND",),
        evidence="the distance in the decision; parity with its date and source in its detail",
        basis=(c.PBOC_BAND,),
        tests=(
            f"{_BAND}test_a_price_at_the_edge_of_the_band_passes_and_a_tick_further_does_not",
            f"{_BAND}test_without_a_parity_of_the_trade_date_nothing_is_dealt",
        ),
    ),
    Control(
        id="C-06",
        name="Message throttle",
        state=State.BUILT,
        trigger="more than `messages_per_second` quotes and orders to a venue; more messages of a "
        "scope within `within_s` than a `message_rate` row allows",
        effect="the next is refused; a stream that cannot be replaced is withdrawn; cancels always "
        "pass",
        codes=("MESSAGE_RATE",),
        evidence=_DECISION,
        basis=(c.RTS6_15_MESSAGES,),
        tests=(
            f"{_RATES}test_so_many_pass_and_one_more_does_not_until_the_first_is_out_of_its_time",
            f"{_RATES}test_orders_and_their_changes_count_and_cancels_pass",
            f"{_LIMITS}message rate: so many quotes in one second of the clock",
            f"{_LIMITS}message rate: a stream that may not be replaced is pulled, and cancels "
            "always pass",
        ),
    ),
    Control(
        id="C-07",
        name="Repeated execution",
        state=State.BUILT,
        trigger="more deals of a scope within `within_s` than a `repeated_execution` row allows",
        effect="dealing stops until a person and, with `four_eyes`, a second one clear it",
        evidence="the halt with its numbers, and the release",
        basis=(c.RTS6_15_REPEATED, c.ACI),
        tests=(f"{_TREE}test_one_deal_too_many_in_its_time_stops_dealing_until_it_is_cleared",),
    ),
    Control(
        id="C-08",
        name="Duplicates",
        state=State.BUILT,
        trigger="a request, hit or wish that comes again, a report that comes again; orders alike "
        "within the time of a `duplicate` row",
        effect="answered as before or refused; booked once",
        codes=("DUPLICATE_REQUEST", "DUPLICATE_HIT", "DUPLICATE_COUNTER"),
        evidence=_DECISION,
        basis=(c.SEC,),
        tests=(
            f"{_DEALS}the same hit again gets the same execution report and books nothing",
            f"{_PERSONS}test_the_same_request_is_carried_out_once",
            f"{_ABUSE}test_the_same_order_again_within_its_time_is_one_too_many",
            f"{_ORDERS}test_a_report_that_comes_again_books_nothing",
        ),
    ),
    Control(
        id="C-09",
        name="Aged orders",
        state=State.BUILT,
        trigger="an order works longer than `orders.age_max_ms` or an `aged_order` row of its "
        "scope, or past its time",
        effect="canceled and told",
        codes=("AGED_ORDER",),
        evidence="the cancel and the venue's answer",
        basis=(c.FIA,),
        tests=(
            f"{_AGES}test_it_may_be_as_old_as_the_maximum_and_not_older",
            f"{_AGES}test_it_is_as_old_after_a_restart_and_where_the_row_came_with_it",
            f"{_ORDERS}test_an_aged_order_is_canceled",
            f"{_PERSONS}test_a_good_till_date_order_that_the_venue_forgets_is_taken_out",
        ),
    ),
    Control(
        id="C-10",
        name="Wrong digits",
        state=State.BUILT,
        trigger="a price that one mistake brings ten times nearer to market or last deal "
        "(`wrong_digits`); a market or a price off by a jump or beyond the collar; points in pips",
        effect="refused; somebody is told where the row says so",
        codes=("WRONG_DIGITS", "MARKET_JUMP", "PRICE_COLLAR", "INVALID_TERMS"),
        evidence=_DECISION,
        basis=(c.FIA,),
        tests=(
            f"{_DIGITS}test_what_is_corrected_by_undoing_a_mistake_is_one",
            f"{_DIGITS}test_points_that_came_ten_times_too_high_are_not_dealt_on_after_a_deal_at_"
            "the_right_ones",
            f"{_DIGITS}test_an_order_whose_digits_are_exchanged_is_refused_within_the_collar",
            f"{_MARKET}all prices a hundred times too high: quotes are pulled, hits and requests "
            "refused, until they are back",
        ),
    ),
    Control(
        id="C-11",
        name="Doubtful chat",
        state=State.NOT_BUILT,
        trigger="words that may mean more than one thing",
        effect="no commitment; asked back",
        evidence="what was understood",
        basis=(c.HOUSE,),
        missing="there is no chat yet",
    ),
    Control(
        id="C-12",
        name="Stale market",
        state=State.BUILT,
        trigger="no fresh price, crossed prices, a gap, a lost session",
        effect="quotes are pulled at once, hits and requests refused",
        codes=("STALE_MARKET", "CROSSED_MARKET", "NO_MARKET", "STALE_CURVE"),
        evidence="the withdrawals with their times",
        basis=(c.FIA,),
        tests=(
            f"{_MARKET}a quote is pulled when its market turns stale, before it runs out",
            f"{_MARKET}crossed for a moment is tolerated, for longer it is refused",
            f"{_MARKET}quotes are pulled as soon as the last market-data session is gone",
        ),
    ),
)

STOP_CONTROLS = (
    Control(
        id="C-13",
        name="Kill switch, all",
        state=State.BUILT,
        trigger="`fxrobot kill`, the HTTP API, the file KILL",
        effect="quotes withdrawn, orders canceled, everything new refused; outlives a restart",
        codes=("KILL_SWITCH",),
        evidence="who and why; every withdrawal and cancel with its time",
        basis=(c.RTS6_12,),
        tests=(
            f"{_DAY}the kill switch pulls everything and refuses everything until it is released",
            f"{_DAY}a pulled kill switch outlives a restart and a day",
            f"{_GOVERNING}test_a_kill_is_released_by_two_persons_and_by_a_proposal_once",
        ),
    ),
    Control(
        id="C-14",
        name="Kill switch by scope",
        state=State.BUILT,
        trigger="entity, desk, book, strategy, trader, venue, counterparty, product or pair is "
        "stopped by a person, or by a limit with `at_maximum: stop`",
        effect="only that is pulled and refused",
        codes=("KILL_SWITCH",),
        evidence="what was pulled, by scope; when it was flat",
        basis=(c.RTS6_12,),
        tests=(
            f"{_STOPS}test_a_part_is_quoted_no_more_and_the_rest_is",
            f"{_STOPS}test_a_part_that_nobody_knows_is_everything",
            f"{_LIMIT_STOPS}test_what_is_equal_to_the_maximum_stops_nothing_and_a_unit_more_does",
            f"{_LIMIT_STOPS}test_what_a_row_stops_is_what_it_is_about_and_never_less",
            f"{_STOPS}test_a_stop_outlives_restart_and_day",
            f"{_STOPS}test_a_second_person_releases_a_part_and_only_the_pull_that_was_seen",
        ),
    ),
    Control(
        id="C-15",
        name="Cancel on disconnect",
        state=State.BUILT,
        trigger="a session drops",
        effect="our quotes there are void, orders are taken out and their fate is asked",
        evidence="session events, quotes ended",
        basis=(c.FIA,),
        tests=(
            f"{_DAY}when the dealing session drops its quotes are over and late hits refused",
            f"{_PERSONS}test_an_order_that_outlives_the_session_is_taken_out_where_that_was_"
            "promised",
        ),
    ),
    Control(
        id="C-16",
        name="Dead man",
        state=State.BUILT,
        trigger="a process gives no sign of life or stood still; the auditor differs or is behind; "
        "nobody is present",
        effect="killed and started again; new dealing halts",
        codes=("DEALING_HALTED",),
        evidence="logs of the supervisor, halts in the journal",
        basis=(c.FIA,),
        tests=(
            "tests/unit/robot/test_supervisor.py::"
            "test_a_process_without_new_signs_of_life_is_killed",
            "tests/unit/robot/test_supervisor.py::test_a_trader_that_stood_still_leaves_a_note_and_"
            "one_that_never_dealt_does_not",
            "tests/unit/robot/test_dead_man.py::"
            "test_nobody_present_for_too_long_stops_dealing_once_for_each_absence",
            f"{_AUDITOR}test_the_auditor_stops_at_the_first_difference",
        ),
    ),
)
