"""The abuse list, phrase by phrase, and the tests that answer each; all of them are there.

The list is what users of other engines met and what a compliance officer asks for. How the suite
is built: `ways.py` has every way in which the bank is bound, `cases.py` a case of every kind of
limit, `middle.py` a desk in the midst of its day.
"""

from __future__ import annotations

import ast
from pathlib import Path

PHRASES: dict[str, tuple[str, ...]] = {
    "5m order under a 1m cap on every account kind, before and after the first price": (
        "test_caps::test_five_times_the_cap_is_refused_before_and_after_the_first_price",
        "test_caps::test_no_kind_of_account_is_left_out",
        "test_caps::test_a_cap_of_the_tables_stops_every_way_before_and_after_the_first_price",
        "test_caps::test_a_hit_for_more_than_was_quoted_deals_nothing",
        "test_caps::test_five_millions_lent_do_not_pass_a_quota_of_one",
        "test_caps::test_every_kind_of_limit_has_its_case_here",
        "test_caps::test_without_a_parity_of_the_day_no_way_deals_a_pair_that_has_a_band",
        "test_caps::test_of_five_messages_in_one_burst_as_many_leave_as_the_rate_allows",
        "test_caps::test_an_order_that_is_too_old_is_taken_out",
        "test_caps::test_where_nothing_may_be_lost_no_way_deals",
        "test_caps::test_a_price_with_two_digits_exchanged_is_refused_within_the_collar",
        "test_limits::test_an_order_of_the_robot_meets_the_same_rows",
    ),
    "five 0.9m clips in one burst": (
        "test_caps::test_of_five_clips_in_one_burst_one_passes",
        "test_caps::test_of_five_deals_in_one_burst_the_second_stops_dealing",
    ),
    "two-sided quote hit on both sides": (
        "test_sides::test_a_two_way_quote_is_dealt_on_one_side_only",
        "test_sides::test_of_quotes_to_several_clients_each_is_dealt_on_one_side_and_within_the_limit",
        "test_sides::test_both_sides_of_a_streamed_price_are_hit_and_one_is_dealt",
    ),
    "reduce-only from long, flat and short with orders outstanding": (
        "test_sides::test_over_a_limit_only_what_reduces_passes_and_with_all_that_is_out_ends_flat",
        "test_sides::test_flat_with_an_order_out_under_a_limit_of_nothing_nothing_passes",
        "test_sides::test_hedges_and_all_orders_that_are_out_never_turn_a_position",
    ),
    "thousand quotes in one turn": (
        "test_caps::test_a_thousand_requests_of_one_turn_never_pass_a_limit",
        "test_caps::test_a_mass_quote_of_a_hundred_sizes_never_passes_a_limit",
    ),
    "limit file with a typo": ("test_files::test_a_typo_is_no_start_and_names_its_line",),
    "limit file missing, unreadable": (
        "test_files::test_what_cannot_be_read_as_limits_is_no_start_and_says_which_file",
        "test_files::test_a_file_that_must_not_be_read_or_whose_disk_fails_is_no_start",
        "test_files::test_a_file_cut_off_in_the_midst_of_its_writing_is_no_start",
    ),
    "check that raises": (
        "test_failing::test_a_check_of_any_kind_that_raises_is_a_refusal",
        "test_failing::test_whatever_a_check_raises_is_a_refusal",
        "test_failing::test_a_check_that_says_that_the_program_is_wrong_stops_it",
        "test_failing::test_a_fault_after_figures_were_changed_is_not_passed_over",
    ),
    "unknown counterparty": (
        "test_failing::test_whom_and_what_nobody_knows_is_refused",
        "test_failing::test_an_order_or_an_ask_for_whom_nobody_knows_is_refused",
    ),
    "currency without conversion rate": (
        "test_failing::test_a_currency_that_nothing_converts_is_refused_by_every_way",
    ),
    "calendar beyond horizon": (
        "test_failing::test_a_date_beyond_the_calendars_is_refused_for_every_product",
        "test_failing::test_where_spot_itself_is_beyond_the_calendars_nothing_is_dealt",
        "test_failing::test_without_its_calendar_nothing_is_dealt",
    ),
    "clock jump": (
        "test_time::test_a_jump_of_the_clock_frees_nothing_but_quotes_and_counts_go_on",
        "test_time::test_after_a_step_back_an_override_lives_no_longer_than_twice_its_time",
        "test_time::test_midnight_by_the_clock_begins_no_new_day",
        "test_time::test_a_day_roll_begins_the_volume_anew_and_keeps_all_else",
        "test_time::test_a_change_of_tomorrow_comes_by_a_jump_of_a_day_and_once",
        "test_time::test_after_a_jump_of_the_clock_old_prices_are_not_dealt_on",
    ),
    "restart in the middle (reservations and counters survive)": (
        "test_time::test_a_state_that_is_made_again_is_the_same_and_refuses_the_same",
        "test_time::test_a_start_in_the_midst_loses_quotes_and_nothing_else",
        "test_time::test_a_limit_that_was_cut_stays_cut_over_a_restart",
        "test_time::test_an_override_outlives_starts_and_ends_at_its_moment",
        "test_time::test_an_override_that_lowers_a_limit_holds_where_nothing_was_counted_before",
    ),
    "limit cut below use (breach, not refusal; quotes pulled)": (
        "test_cuts::test_a_limit_cut_below_its_use_is_a_breach_and_everything_out_is_pulled",
        "test_cuts::test_a_quota_cut_below_what_is_lent_is_a_breach_and_quotes_are_pulled",
        "test_cuts::test_a_part_of_an_order_that_is_dealt_after_the_cut_is_no_fault",
        "test_cuts::test_every_kind_that_counts_has_its_cut_here",
    ),
    "kill during a hit": (
        "test_kills::test_a_hit_that_was_taken_is_dealt_on_and_then_everything_of_the_part_is_pulled",
        "test_kills::test_a_kill_overtakes_a_hit_that_waits",
        "test_kills::test_of_a_hit_and_a_kill_of_one_turn_the_first_decides",
        "test_kills::test_a_kill_of_another_part_does_not_touch_the_hit",
    ),
    "another engine: new orders during shutdown and after stop": (
        "test_kills::test_from_the_order_to_stop_on_nothing_new_leaves",
    ),
    "another engine: a kill switch that fires again after a start": (
        "test_kills::test_a_released_switch_does_not_fire_again_after_a_start",
    ),
    "duplicate order": ("test_limits::test_the_same_order_again_within_its_time_is_one_too_many",),
}


def test_every_phrase_is_answered_by_tests_that_are_there() -> None:
    there = {
        f"{path.stem}::{node.name}"
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    named = {name for names in PHRASES.values() for name in names}
    assert not named - there
