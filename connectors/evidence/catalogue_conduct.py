"""Controls C-31 to C-48: conduct, change, continuity and back office."""

from __future__ import annotations

from connectors.evidence import controls as c
from connectors.evidence.controls import Control, State

_DAY = "tests/scenarios/day.txt::"
_DEALS = "tests/scenarios/deals.txt::"
_ORDERS = "tests/unit/robot/test_core_orders.py::"
_OVERRIDES = "tests/unit/robot/test_limit_overrides.py::"
_GOVERNING = "tests/unit/robot/test_core_governing.py::"
_BAD_USERS = "tests/unit/connectors/control/test_bad_users.py::"
_FITTING = "tests/unit/robot/test_fitting.py::"
_APPROVING = "tests/unit/robot/test_approving.py::"
_RECORD = "tests/unit/robot/test_record.py::"
_AUDITOR = "tests/unit/robot/test_auditor.py::"
_TAMPERING = "tests/properties/test_tampering.py::"
_RELEASES = "tests/unit/robot/test_core_releases.py::"
_RELEASED = "tests/unit/robot/test_approving_releases.py::"
_STAGES = "tests/properties/test_releases.py::"
_LEARN = "tests/unit/backtest/games/test_learn.py::"
_SETTINGS = "tests/unit/robot/test_settings.py::"

CONDUCT_CONTROLS = (
    Control(
        id="C-31",
        name="Last look",
        state=State.BUILT,
        trigger="a hit on a firm quote",
        effect="answered in the same turn: no window, nothing is dealt on its information first",
        evidence="hit and answer in one turn of the journal",
        basis=(c.FXGC_LAST_LOOK,),
        tests=(
            f"{_DEALS}a hit by the very price makes the deal",
            f"{_DEALS}a hit a millisecond before the end deals, one after it is late",
        ),
    ),
    Control(
        id="C-32",
        name="Pre-hedging",
        state=State.BUILT,
        trigger="a position out of its band",
        effect="hedges follow booked positions only, never a request",
        evidence="position, band and reasons in each hedge's decision",
        basis=(c.FXGC_PREHEDGE,),
        tests=(f"{_ORDERS}test_a_position_out_of_its_band_is_brought_back_a_clip_at_a_time",),
    ),
    Control(
        id="C-33",
        name="Reconciliation after trading",
        state=State.BUILT,
        trigger="the venue's record, drop copy or live report differs from ours or is missing",
        effect="a break: dealing halts until two persons have settled it; nothing is invented",
        codes=("DEALING_HALTED", "NOT_RECONCILED"),
        evidence="`fxrobot breaks list --all`",
        basis=(c.RTS6_17,),
        tests=(
            f"{_DAY}a trade we do not know is a break: nothing is invented and dealing stops",
            f"{_RECORD}test_a_trade_told_at_another_price_is_a_break_at_once",
            f"{_RECORD}test_a_copy_that_is_never_made_is_an_alarm",
        ),
    ),
    Control(
        id="C-34",
        name="Surveillance of patterns",
        state=State.NOT_BUILT,
        trigger="off-market prices, round trips, layering, fixing windows",
        effect="an alert within 5 s",
        evidence="the records replayed",
        basis=(c.RTS6_13, c.RTS6_16),
        missing="all of it",
    ),
    Control(
        id="C-35",
        name="Surveillance of communication",
        state=State.NOT_BUILT,
        trigger="words that ask for confidential information or to go elsewhere",
        effect="silence; a person is told",
        evidence="the transcript",
        basis=(c.FXGC_INFORMATION,),
        missing="there is no chat yet",
    ),
    Control(
        id="C-36",
        name="A person takes over",
        state=State.NOT_BUILT,
        trigger="an operator writes in a conversation",
        effect="the robot yields",
        evidence="who took over",
        basis=(c.HOUSE,),
        missing="there is no chat yet",
    ),
)

CHANGE_CONTROLS = (
    Control(
        id="C-37",
        name="Change control",
        state=State.BUILT,
        trigger="limits, counterparties or strategy whose content nobody approved, a strategy "
        "that does not go by its stages, or a game that still learns",
        effect="the start is refused, or the version of before goes on; in the running robot "
        "nothing changes",
        codes=("REFERENCE_REFUSED", "REFERENCE_NOT_APPLIED", "RELEASE_REFUSED"),
        evidence="the approvals log and the change in the journal, by hash",
        basis=(c.RTS6_CHANGE,),
        tests=(
            f"{_APPROVING}test_a_start_with_what_nobody_approved_is_refused_with_the_commands",
            f"{_GOVERNING}test_what_no_second_person_approved_is_refused",
            f"{_APPROVING}test_an_approval_of_a_changed_proposal_is_refused",
            f"{_RELEASED}test_another_live_strategy_without_stages_is_refused_with_what_to_do",
            f"{_RELEASED}test_a_record_by_which_one_person_goes_forward_breaks_the_log",
            f"{_RELEASES}test_a_start_does_not_go_past_a_stage",
            f"{_STAGES}test_no_version_goes_past_a_stage_whatever_persons_do",
            f"{_LEARN}test_an_unfrozen_version_is_neither_live_nor_a_candidate",
            f"{_LEARN}test_what_other_dealers_did_changes_nothing",
            f"{_LEARN}test_three_copies_in_self_play_stay_below_1_08_of_the_equilibrium",
            f"{_BAD_USERS}test_a_bad_user_is_refused_and_recorded_once",
            f"{_BAD_USERS}test_what_is_changed_in_the_tables_past_the_record_is_named",
        ),
    ),
    Control(
        id="C-38",
        name="Staged deployment",
        state=State.BUILT,
        trigger="a new version of the strategy",
        effect="beside the live one it shadows, suggests to a person, then answers a share up to a "
        "size; promoted by two persons after its days and decisions, put back by one at once",
        codes=("ROLLED_BACK", "ROLLBACK_REFUSED", "CANDIDATE_FAILED", "CANDIDATE_SUSPENDED"),
        evidence="each change of stage with figures and persons; both decisions on each request",
        basis=(c.RTS6_8,),
        tests=(
            f"{_RELEASES}test_two_persons_are_needed_forward_and_each_stage_comes_in_its_turn",
            f"{_RELEASES}test_a_promotion_before_its_days_and_decisions_is_refused_with_the_figures",
            f"{_RELEASES}test_a_canary_answers_its_size_its_counterparties_and_its_share",
            f"{_RELEASES}test_the_gate_checks_a_canary_as_it_checks_the_live_strategy",
            f"{_RELEASES}test_one_person_puts_the_former_version_back_at_once",
            f"{_RELEASED}test_a_stage_that_takes_figures_is_refused_without_them_and_with_too_few",
            "tests/unit/connectors/access/test_requests.py::"
            "test_who_answers_is_known_has_the_role_and_is_recorded_if_not",
            "tests/unit/robot/test_core_releases_rules.py::"
            "test_a_canary_deals_nothing_of_its_own_and_the_live_one_answers_there",
            "tests/wire/test_releases.py::test_the_walkthrough_of_the_page_from_the_file_to_live_and_back",
        ),
    ),
    Control(
        id="C-39",
        name="Configuration that can be meant",
        state=State.BUILT,
        trigger="a file that is missing, unreadable, mistyped, or contradicts itself",
        effect="the start, or the proposal, is refused, with file, line and the nearest known key",
        evidence="the message; the approved content in the journal",
        basis=(c.FIA,),
        tests=(
            f"{_FITTING}test_limits_that_name_what_the_desk_has_not_are_refused_and_recorded",
            f"{_FITTING}test_a_row_looser_than_the_one_above_it_is_told_with_its_line",
            f"{_SETTINGS}test_an_unknown_key_is_told_with_its_line_and_the_nearest_known",
            f"{_SETTINGS}test_a_missing_file_is_named",
            f"{_SETTINGS}test_a_row_of_the_tree_that_cannot_be_meant_is_told_with_its_line",
            f"{_SETTINGS}test_files_that_contradict_themselves_or_each_other_are_refused",
        ),
    ),
    Control(
        id="C-40",
        name="Override for a time",
        state=State.BUILT,
        trigger="another maximum of one limit is needed",
        effect="proposed and approved by two persons; ends by itself, at the latest with the trade "
        "date; the checks it took part in say so",
        codes=("OVERRIDE_GRANTED", "OVERRIDE_REFUSED", "OVERRIDE_ENDED"),
        evidence="the event with both persons; the day's report",
        basis=(c.RTS6_15_OVERRIDE,),
        tests=(
            f"{_GOVERNING}test_an_override_ends_by_itself",
            f"{_OVERRIDES}test_a_row_of_any_kind_is_overridden_also_before_it_counts_anything",
            f"{_OVERRIDES}test_it_ends_with_the_trade_date_at_the_latest_and_is_not_granted_twice",
            f"{_APPROVING}test_an_override_is_an_event_with_its_end",
        ),
    ),
    Control(
        id="C-41",
        name="Clock",
        state=State.BUILT,
        trigger="the machine's clock steps; or follows no reference, or may be further from it "
        "than `clock_error_ms_max` (0 = only told)",
        effect="forward: followed, what is stale is pulled; back: time flows on at half speed; "
        "not within its bound: quotes are pulled and dealing halts until it is",
        codes=("DEALING_HALTED",),
        evidence="times in the journal never go back; the halt with the error; `clock` in "
        "`fxrobot status`",
        basis=(c.RTS25, c.FXGC_TIME),
        tests=(
            "tests/unit/robot/test_clock.py::test_after_a_step_back_time_flows_on_at_half_speed_"
            "until_the_machine_is_there",
            "tests/unit/robot/test_machine_clock.py::"
            "test_a_clock_that_may_be_too_wrong_halts_dealing_until_it_is_right_again",
        ),
    ),
    Control(
        id="C-42",
        name="Integrity of the journal",
        state=State.BUILT,
        trigger="a changed, missing, moved or cut record; a disk that fails",
        effect="dealing stops; the record is named",
        codes=("DEALING_HALTED",),
        evidence="`fxrobot audit verify`, signed heads",
        basis=(c.SEC,),
        tests=(
            f"{_TAMPERING}test_a_dropped_record_is_named",
            f"{_TAMPERING}test_a_change_with_all_hashes_made_anew_does_not_fit_the_heads",
            f"{_AUDITOR}test_the_auditor_stops_at_a_broken_chain",
            "tests/unit/connectors/journal/test_disk_faults.py::"
            "test_a_disk_that_fails_at_any_call_stops_what_is_sent",
        ),
    ),
    Control(
        id="C-43",
        name="State after a restart",
        state=State.BUILT,
        trigger="a crash with quotes or orders open",
        effect="quotes void, fates of orders asked, trades compared before the first quote",
        codes=("NOT_RECONCILED", "ORDER_UNKNOWN"),
        evidence="the new segment begins with the state; the comparison is in it",
        basis=(c.RTS6_14,),
        tests=(
            f"{_DAY}after a restart nothing of before is in force",
            f"{_ORDERS}test_after_a_restart_the_venue_is_asked_before_anything_is_sent",
            "tests/wire/test_kill_trader.py::test_a_killed_trader_loses_and_doubles_nothing",
        ),
    ),
    Control(
        id="C-44",
        name="Standby",
        state=State.NOT_BUILT,
        trigger="the primary is lost",
        effect="a standby trades only with the fencing token",
        evidence="who held it",
        basis=(c.RTS6_14,),
        missing="all of it; one trader holds the journal's lock",
    ),
)

BACK_OFFICE_CONTROLS = (
    Control(
        id="C-45",
        name="Settlement instructions",
        state=State.NOT_BUILT,
        trigger="instructions other than the static ones",
        effect="the deal waits for repair",
        evidence="the difference",
        basis=(c.HOUSE,),
        missing="all of it",
    ),
    Control(
        id="C-46",
        name="Ageing of confirmations",
        state=State.PART,
        trigger="the back office does not acknowledge a deal",
        effect="sent again until it does; alarms",
        evidence="delivery in `fxrobot explain`; `fxrobot status`",
        basis=(c.FXGC_CONFIRMATION,),
        tests=("tests/contract/outbox_contract.py::test_another_hash_keeps_the_row_open",),
        missing="matching with the counterparty, and a stop by age",
    ),
    Control(
        id="C-47",
        name="Annual self-assessment",
        state=State.BUILT,
        trigger="`fxrobot limits pack`, once a year; a person judges it",
        effect="an inventory of strategies, owners, limits and their peaks, breaches, incidents, "
        "changes, refused attempts, controls with their tests, and whether the logs verify",
        evidence="the pack, HTML and JSON",
        basis=(c.RTS6_9,),
        tests=(
            "tests/unit/connectors/evidence/test_pack.py::"
            "test_it_has_what_ran_who_agreed_and_what_happened",
            "tests/unit/connectors/evidence/test_pack.py::"
            "test_the_command_writes_page_and_data_and_says_what_does_not_verify",
        ),
    ),
    Control(
        id="C-48",
        name="Dealing with ourselves",
        state=State.NOT_BUILT,
        trigger="our quote would be hit by our order",
        effect="prevented",
        evidence="the match",
        basis=(c.FIA,),
        missing="all of it",
    ),
)
