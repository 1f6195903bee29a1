"""The calibrator: from a log of requests on the published franchise to the numbers of a trader.

The log is drawn with prices spread around the usual margins; proposals are then judged on the
franchise that it was drawn from, which the calibrator never saw.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.games import AT_LEAST, AT_MOST, Figure, main
from strategies.games.calibration.propose import Calibration, calibrate, share_range
from strategies.games.calibration.request_log import RequestLog
from strategies.games.calibration.score import Market
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, policy_of
from strategies.games.quoting.dealer import solve
from strategies.games.quoting.franchise import Franchise
from strategies.games.quoting.long_run import score_from_flat, stationary

TITLE = "Calibrator: margins, lean and band from an own request log"
SEED = 1
REQUESTS = (500, 5_000, 20_000)
OF = Franchise()
MARKET = Market(sigma=OF.sigma, psi=OF.psi, eta=OF.eta, impact=OF.impact, gamma=OF.gamma)
FLAT = Authored((0.27, 0.27), 0.0, Band(10.0))
USUAL = (0.27, 0.13)
LENGTH, KEUR = 0.05, 0.1


def request_log(requests: int, seed: int, lot: float = 1.0) -> RequestLog:
    """Of the published clients, sizes times `lot`."""
    random = np.random.default_rng(seed)
    tier = random.integers(0, 2, requests)
    size = np.asarray(OF.sizes, np.float64)[random.choice(len(OF.sizes), requests, p=OF.weights)]
    distance = np.asarray(USUAL)[tier] * random.uniform(0.3, 1.9, requests)
    distance += random.normal(0, 0.05, requests)
    chance = np.where(tier == 0, OF.tiers[0].deals(distance), OF.tiers[1].deals(distance))
    days = requests / (OF.requests * 4)
    return RequestLog(
        tier=tier,
        size=size * lot,
        distance=distance,
        dealt=random.random(requests) < chance,
        at=np.sort(random.random(requests)) * days,
        tiers=2,
        days=days,
    )


def true_share(made: Calibration) -> float:
    """Of the score of the best policy, on the franchise itself."""
    best = stationary(OF, solve(OF)).score
    return stationary(OF, policy_of(OF, made.proposed)).score / best


def measure(seed: int, scale: float) -> list[Figure]:
    """All of it."""
    rows = []
    for requests in REQUESTS:
        log = request_log(max(300, int(requests * scale)), seed)
        began, used = time.perf_counter(), time.process_time()
        made = calibrate(log, MARKET, FLAT)
        took, used = time.perf_counter() - began, time.process_time() - used
        what = f"{len(log.tier)} requests"
        judged = requests > REQUESTS[0]
        allowed = share_range(made, made.proposed, 20, np.random.default_rng(seed))
        rows += [
            Figure(
                what=f"{what}: proposed numbers' share of the true optimum",
                measured=true_share(made),
                published=7.45 / 7.62,
                source="best written rule measured before",
                goal=AT_LEAST if judged else "",
                bound=7.2 / 7.62 if judged else None,
                note=f"told as {made.proposed_share:.3f}, {allowed.low:.3f} to {allowed.high:.3f}",
            ),
            Figure(
                what=f"{what}: flat desk's share of the optimum, as told",
                measured=made.given_share or 0.0,
                published=stationary(OF, policy_of(OF, FLAT)).score
                / stationary(OF, solve(OF)).score,
                source="true",
            ),
            Figure(what=f"{what}: time", unit="s", measured=took, goal=AT_MOST, bound=5.0),
            Figure(what=f"{what}: processor time", unit="s", measured=used),
        ]
    expected = score_from_flat(OF, policy_of(OF, made.proposed), LENGTH) * KEUR
    rows.append(
        Figure(
            what="expected score of the last proposal",
            unit="kEUR in 72 min",
            measured=expected,
            published=score_from_flat(OF, solve(OF), LENGTH) * KEUR,
            source="expectation of the optimum",
        )
    )
    return rows


main(__name__)
