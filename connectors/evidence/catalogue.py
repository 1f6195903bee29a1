"""All controls, C-01 to C-48; run as a module it writes their page."""

from __future__ import annotations

import sys

from connectors.evidence.catalogue_conduct import (
    BACK_OFFICE_CONTROLS,
    CHANGE_CONTROLS,
    CONDUCT_CONTROLS,
)
from connectors.evidence.catalogue_exposure import EXPOSURE_CONTROLS
from connectors.evidence.catalogue_trading import ORDER_CONTROLS, STOP_CONTROLS
from connectors.evidence.controls import page

CONTROLS = (
    *ORDER_CONTROLS,
    *STOP_CONTROLS,
    *EXPOSURE_CONTROLS,
    *CONDUCT_CONTROLS,
    *CHANGE_CONTROLS,
    *BACK_OFFICE_CONTROLS,
)

if __name__ == "__main__":
    sys.stdout.write(page(CONTROLS))
