"""The other engine of `backtest_speed.py`: NautilusTrader's, in an environment of its own.

    PYTHON nautilus_run.py TICKS

Prints one JSON object: seconds of `BacktestEngine.run` alone (loading is not counted), the orders.
"""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from ema_cross import SIZE, UNIT, EmaCross, read_ticks
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy


class Crossing(Strategy):
    """The shared strategy, with market orders."""

    def __init__(self, instrument) -> None:
        super().__init__()
        self.instrument = instrument
        self.cross = EmaCross()
        self.unit = instrument.make_price(1 / UNIT).raw
        self.quantity = Quantity.from_int(SIZE)
        self.orders = []
        self.seen = 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.instrument.id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        self.seen += 1
        bid, offer = tick.bid_price.raw // self.unit, tick.ask_price.raw // self.unit
        sign = self.cross.on_quote(bid, offer)
        if sign:
            side = OrderSide.BUY if sign > 0 else OrderSide.SELL
            order = self.order_factory.market(self.instrument.id, side, self.quantity)
            self.orders.append((self.seen, sign))
            self.submit_order(order)


def main() -> None:
    instrument = TestInstrumentProvider.default_fx_ccy("EUR/USD", Venue("SIM"))
    size = Quantity.from_int(1_000_000)
    ticks = [
        QuoteTick(
            instrument.id,
            instrument.make_price(bid / UNIT),
            instrument.make_price(offer / UNIT),
            size,
            size,
            at_ns,
            at_ns,
        )
        for at_ns, bid, offer in read_ticks(Path(sys.argv[1]))
    ]
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=Venue("SIM"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(100_000_000, USD)],
    )
    engine.add_instrument(instrument)
    engine.add_data(ticks)
    strategy = Crossing(instrument)
    engine.add_strategy(strategy)
    begun, cpu = time.perf_counter(), time.process_time()
    engine.run()
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    fills = len(engine.trader.generate_order_fills_report())
    print(
        json.dumps(
            {
                "version": version("nautilus_trader"),
                "seconds": seconds,
                "cpu_s": cpu_s,
                "quotes": strategy.seen,
                "orders": strategy.orders,
                "fills": fills,
            }
        )
    )


if __name__ == "__main__":
    main()
