"""The bare QuickFIX robot that `wire_latency.py` compares with: it thinks nothing.

Answers a request (R) with a fixed quote (S) from `fromApp`, and every price (X) with a new one once
a streaming request has come. Same sessions, dictionary, stores and socket options as the robot.

    .venv/bin/python benchmarks/echo.py PORT STORE_FOLDER
"""

from __future__ import annotations

import sys
import threading
import traceback
from typing import Any

import quickfix as fix

from robot.package import fix_dictionary

QUOTE = (
    "8=FIX.4.4|9=0|35=S|131={request}|117=E{number}|537=1|301=0|55=EUR/USD|167=FOR|38=1000000|"
    "64=20261125|15=EUR|62=20300101-00:00:00.000|60=20300101-00:00:00.000|132=1.09999|"
    "134=1000000|188=1.09999|133=1.10005|135=1000000|190=1.10005|453=1|448=BANKA|447=D|452=3|10=000|"
).replace("|", "\x01")
SUBSCRIBE = (
    "8=FIX.4.4|9=0|35=V|262=M1|263=1|264=1|265=1|267=2|269=0|269=1|146=1|55=EUR/USD|10=000|"
).replace("|", "\x01")
DEAL = fix.SessionID("FIX.4.4", "BANKCNBJ-DEAL", "ECHO-DEAL")


class Echo(fix.Application):  # type: ignore[misc]
    """Both sessions; the callbacks run on a thread of each."""

    def __init__(self) -> None:
        super().__init__()
        self._dictionary = fix.DataDictionary(str(fix_dictionary()))
        self._streaming = ""
        self._number = 0

    def onCreate(self, session_id: Any) -> None: ...
    def onLogout(self, session_id: Any) -> None: ...
    def toAdmin(self, message: Any, session_id: Any) -> None: ...
    def fromAdmin(self, message: Any, session_id: Any) -> None: ...
    def toApp(self, message: Any, session_id: Any) -> None: ...

    def onLogon(self, session_id: Any) -> None:
        if session_id.getTargetCompID().getValue() == "ECHO-MD":
            fix.Session.sendToTarget(fix.Message(SUBSCRIBE, self._dictionary, False), session_id)

    def fromApp(self, message: Any, session_id: Any) -> None:
        try:
            kind = message.getHeader().getField(35)
            if kind == "R":
                request = message.getField(131)
                self._streaming = request if message.isSetField(6065) else self._streaming
                self._quote(request)
            elif kind == "X" and self._streaming:
                self._quote(self._streaming)
        except BaseException:
            traceback.print_exc()

    def _quote(self, request: str) -> None:
        self._number += 1
        text = QUOTE.format(request=request, number=self._number)
        fix.Session.sendToTarget(fix.Message(text, self._dictionary, False), DEAL)


def main() -> None:
    """Log on to both sessions and stay until the process is ended."""
    port, store_folder = sys.argv[1:3]
    application = Echo()
    keep: list[object] = []
    for suffix in ("DEAL", "MD"):
        settings = fix.SessionSettings()
        defaults, values = fix.Dictionary(), fix.Dictionary()
        for name, value in {"SocketNodelay": "Y", "ReconnectInterval": "1"}.items():
            defaults.setString(name, value)
        facts = {
            "ConnectionType": "initiator",
            "SocketConnectHost": "127.0.0.1",
            "SocketConnectPort": port,
            "HeartBtInt": "30",
            "NonStopSession": "Y",
            "UseDataDictionary": "Y",
            "DataDictionary": str(fix_dictionary()),
            "ValidateUserDefinedFields": "N",
            "FileStorePath": store_folder,
            "ResetOnLogon": "Y" if suffix == "MD" else "N",
        }
        for name, value in facts.items():
            values.setString(name, value)
        settings.set(defaults)
        settings.set(fix.SessionID("FIX.4.4", f"BANKCNBJ-{suffix}", f"ECHO-{suffix}"), values)
        store = fix.FileStoreFactory(settings) if suffix == "DEAL" else fix.MemoryStoreFactory()
        initiator = fix.ThreadedSocketInitiator(application, store, settings)
        initiator.start()
        keep += [initiator, store, settings]
    threading.Event().wait()


if __name__ == "__main__":
    main()
