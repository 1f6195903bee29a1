"""What a run asks of the data store."""

from __future__ import annotations

import pytest

from backtest.run.feed import check_names
from robot.errors import ConfigurationError
from robot.settings import load_settings
from tests.kit.backtests import small_config


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"venues": ["ALPHAA", "BETA"]}, "venues: .* ALPHAA; did you mean ALPHA"),
        ({"prices": {"BETTA": "OANDA"}}, "prices: .* BETTA; did you mean BETA"),
        ({"pairs": ["EUR/USD", "EUR/NOK"]}, "pairs: .* EUR/NOK; there is EUR/USD"),
    ],
)
def test_a_name_that_the_desk_does_not_have_is_an_error(
    changes: dict[str, object], told: str
) -> None:
    config = small_config(1, **changes)
    with pytest.raises(ConfigurationError, match=told):
        check_names(config, load_settings(config.desk))
    config = small_config(1, venues=["BETA"], prices={"BETA": "OANDA"})
    check_names(config, load_settings(config.desk))
