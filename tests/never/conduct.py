"""The rest of the table (`clamps.py`): conduct towards others, learning, and people (4.3)."""

from __future__ import annotations

from connectors.fix import encode
from robot.core import asking_counters, asking_ends, asking_quotes, asking_take, offering
from robot.market import fixing
from strategies.games.desk import file, learned, quote_file
from strategies.games.desk.guarding import Guarding
from tests.never import conduct_scenes as conduct
from tests.never.clamps import Clamp

CLAMPS = (
    Clamp(
        "2 copies that drift together",
        quote_file._win,
        "if win.try_out < TRY_OUT_LEAST:",
        "if False:",
        conduct.copies_that_drift_together,
    ),
    Clamp(
        "3 wider in silence",
        Guarding._capped,
        'return (f"{word} {_told(kept.bid_needed)}",)',
        "return ()",
        conduct.widens_in_silence,
    ),
    Clamp(
        "6 other terms than asked for",
        asking_quotes.read_quote,
        "_contradiction(ask, event) or _other_terms(ask, maker, event)",
        "_contradiction(ask, event)",
        conduct.terms_other_than_asked_for_are_dealt_on,
    ),
    Clamp(
        "4.3 what one client said is told of another",
        offering._talk,
        "bargain = negotiation.bargain",
        "bargain = next((x.bargain for x in state.negotiations.values() if x.bargain), None)",
        conduct.what_one_client_said_is_told_of_another,
    ),
    Clamp(
        "4.3 what one bank said is told to another",
        asking_counters.send_counter,
        "maker=maker.maker,",
        'maker=" ".join(str(one.maker) for one in ask.makers),',
        conduct.a_bank_is_told_what_another_said,
    ),
    Clamp(
        "4.3 a benchmark before it is public",
        fixing._public,
        "if fixing.published_ns <= at_ns",
        "if True",
        conduct.a_benchmark_is_used_before_it_is_public,
    ),
    Clamp(
        "4.3 learned but not frozen",
        file.read_game,
        "if dealing and learned is not None and not learned.frozen:",
        "if False:",
        conduct.learned_but_not_frozen,
    ),
    Clamp(
        "4.3 learned otherwise than from own outcomes",
        learned.read_learned,
        "if told and not part.failed and told != hash_of(state):",
        "if False:",
        conduct.learned_and_changed_since,
    ),
    Clamp(
        "4.3 a person stops a game that asks",
        asking_ends.withdraw_makers,
        "if maker.closed is None and",
        "if False and",
        conduct.a_game_that_goes_on_when_it_is_stopped,
        also=(
            (asking_take._may_take, "refusal = dealing_refusal(state, subject)", "refusal = None"),
        ),
    ),
    Clamp(
        "4.3 a robot that does not say so",
        encode.message_for,
        "if dialect.robot_marks and isinstance(effect, MARKED):",
        "if False:",
        conduct.a_robot_that_does_not_say_so,
    ),
)
