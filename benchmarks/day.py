"""How fast does a recorded day go through the whole robot, all processes and FIX included?

    .venv/bin/python benchmarks/day.py --from 2014-05-01T21:00:00Z --until 2014-05-02T21:00:00Z \\
        OANDA:EUR/USD:oanda.csv.gz FXCM:EUR/USD:fxcm.csv.gz

Prints the demo's summary with prices per second and the machine's load. At speed `max` the venue's
clock goes on as soon as the robot has dealt with what came before, so nothing has to be conflated.
A number runs the clock at that multiple.
Left out: the start of the processes; the load of other programs (it is printed, not removed).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Run the demo on the files and add what the demo does not know."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("ticks", nargs="+", help="tick files, as VENUE:PAIR:FILE or FILE")
    parser.add_argument("--from", dest="from_", required=True)
    parser.add_argument("--until", required=True)
    parser.add_argument("--speed", default="max")
    parser.add_argument("--requests-per-second", default="0.05")
    options = parser.parse_args()
    command = [sys.executable, "-m", "robot", "demo", "--headless", "--json"]
    command += ["--speed", options.speed, "--from", options.from_, "--until", options.until]
    command += ["--requests-per-second", options.requests_per_second]
    for ticks in options.ticks:
        command += ["--ticks", ticks]
    load, started = os.getloadavg(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if not done.stdout:
        sys.exit(done.stderr)
    summary = json.loads(done.stdout)
    prices = summary["quotes_stepped"]
    summary["benchmark"] = {
        "prices_per_second": round(prices / summary["seconds"], 1) if summary["seconds"] else 0.0,
        "conflated_share": summary["quotes_conflated"] / max(prices, 1),
        "seconds_with_start": round(seconds, 1),
        "load_before": load,
        "load_after": os.getloadavg(),
        "cores": os.cpu_count(),
    }
    print(json.dumps(summary))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
