"""The bad FIX messages that a trader must survive, as a table; the row numbers are the catalogue's.

Each case is bytes sent in the place of one good message, and what must come back: `3` QuickFIX's
reject, `j` ours, `LOGOUT` the session ended and came back, `AG CODE` a refused request, `S` a
quote, nothing where there is nothing to answer. Whatever comes back, the trader lives and quotes
the next good request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.wire.raw_venue import SPOT, RawVenue, sealed, wait_for

MEGABYTE = 1_000_000
FILL = "37=o|17=e|150=F|39=2|55=EUR/USD|54=1|151=0|14=2|6=1|"


@dataclass(frozen=True)
class Case:
    """One bad message; `id` begins with its row."""

    id: str
    act: Callable[[RawVenue], None]
    outcome: str


def request(request_id: str = "bad", **changes: str) -> str:
    """A good two-way request of BANKA for 1m EUR/USD, with fields changed; "" leaves one out."""
    wanted = {
        "131": request_id,
        "146": "1",
        "55": "EUR/USD",
        "167": "FOR",
        "54": "",
        "38": "1000000",
        "64": SPOT,
        "15": "EUR",
        "60": "20261021-08:00:00.000",
        "453": "1",
        "448": "BANKA",
        "447": "D",
        "452": "3",
    }
    wanted.update({name.removeprefix("t"): value for name, value in changes.items()})
    return "".join(f"{tag}={value}|" for tag, value in wanted.items() if value)


def _app(kind: str, body: str | bytes) -> Callable[[RawVenue], None]:
    return lambda venue: venue.dealing.send(kind, body)


def _bytes(make: Callable[[RawVenue], bytes]) -> Callable[[RawVenue], None]:
    """Bytes that use up no number."""
    return lambda venue: venue.dealing.write(make(venue))


def _rfq(**changes: str) -> Callable[[RawVenue], None]:
    return lambda venue: venue.dealing.send("R", request(f"bad{venue.dealing.next_out}", **changes))


def _priced(bid: str, offer: str) -> Callable[[RawVenue], None]:
    """A price, and a request when the trader has read it."""

    def act(venue: RawVenue) -> None:
        venue.tell_time(5)
        venue.price(bid, offer)
        assert venue.prices_read(10), "the trader does not read its prices"
        asked = f"bad{venue.dealing.next_out}"
        venue.dealing.send("R", request(asked))
        told = venue.dealing.received
        wait_for(lambda: next((m for m in told if m.get(131) == asked), None), "an answer")

    return act


def _length(value: bytes) -> Callable[[RawVenue], None]:
    return _bytes(lambda venue: sealed(venue.dealing.head("R") + b"131=x|", length=value))


def _checksum(value: bytes) -> Callable[[RawVenue], None]:
    return _bytes(lambda venue: sealed(venue.dealing.head("0"), checksum=value))


def _numbered(sequence: str, kind: str = "0", body: str = "") -> Callable[[RawVenue], None]:
    return _bytes(lambda venue: sealed(venue.dealing.head(kind, sequence=sequence) + body.encode()))


def _dated(days: int) -> Callable[[RawVenue], None]:
    def act(venue: RawVenue) -> None:
        sent = datetime.now(UTC) + timedelta(days=days)
        venue.dealing.write(sealed(venue.dealing.head("0", sent=sent)))

    return act


def _status(text: bytes) -> Callable[[RawVenue], None]:
    return _app("AI", b"117=Q1|297=6|55=EUR/USD|58=" + text + b"|")


def _resend_requests(venue: RawVenue) -> None:
    for _ in range(50):
        venue.dealing.send("2", "7=1|16=0|")


def _duplicate(request_id: str) -> Callable[[RawVenue], None]:
    def act(venue: RawVenue) -> None:
        sent = "43=Y|122=20261021-08:00:00.000|"
        frame = venue.dealing.head("R", sequence="2") + (sent + request(request_id)).encode()
        venue.dealing.write(sealed(frame))

    return act


def _many_tags(count: int) -> str:
    return "".join(f"{number}=x|" for number in range(10_000, 10_000 + count))


def _unfinished(venue: RawVenue) -> None:
    venue.dealing.write(b"8=FIX.4.4\x019=2000000000\x0135=R\x01" + b"58=" + b"x" * 5 * MEGABYTE)


def _out_of_order(venue: RawVenue) -> bytes:
    body = venue.dealing.head("0").replace(b"|", b"\x01")
    return b"9=%d\x018=FIX.4.4\x01" % len(body) + body + b"10=000\x01"


HIT = (
    "693=r1|117=Q0|694=1|11=h1|453=1|448=BANKA|447=D|452=3|55=EUR/USD|167=FOR|54=1|38=1000000|"
    f"64={SPOT}|15=EUR|60=20261021-08:00:00.000|40=D|44=1.1|"
)
FRAMES = [
    *(
        Case(f"{row}-{tag}={length}", _app("8", f"{FILL}{tag}={length}|{tag + 1}=x|"), outcome)
        for row, length in (("01", "-1"), ("02", "100000000"), ("02", "2147483647"))
        for tag, outcome in ((95, "3"), (354, "j"))  # 95 does not belong into this message
    ),
    Case("01-95=-1-in-a-log-on", _numbered("", "A", "98=0|108=2|95=-1|96=x|"), "LOGOUT"),
    Case("03-9=2000000000-never-finished", _unfinished, "LOGOUT"),
    Case("04-9=-1", _length(b"-1"), ""),
    Case("04-9=abc", _length(b"abc"), ""),
    Case("04-9-missing", _bytes(lambda venue: b"8=FIX.4.4\x0135=0\x0110=000\x01"), ""),
    Case("05-10=000", _checksum(b"000"), ""),
    Case("05-10=1!3", _checksum(b"1!3"), ""),
    Case("06-out-of-order", _bytes(_out_of_order), ""),
    Case("08-20000-tags", _app("R", request() + _many_tags(20_000)), "S"),
    Case("08-1-MB-of-text", _status(b"x" * MEGABYTE), ""),
    *(Case(f"09-146={count}", _rfq(t146=count), "3") for count in ("0", "-1", "3", "1000000", "x")),
    Case("09-453=3", _rfq(t453="3"), "S"),  # QuickFIX itself puts the inner count right
    *(
        Case(f"10-tag-{tag}", _app("R", f"{request()}{tag}=x|"), outcome)
        for tag, outcome in (("0", "3"), ("-5", "3"), ("99999999999", ""), ("abc", ""))
    ),
    Case("11-34=0", _numbered("0"), "LOGOUT"),
    Case("11-34=-1", _numbered("-1"), ""),
    Case("11-34=900000000000000000", _numbered("900000000000000000"), ""),
    Case("11-resend-requests-again-and-again", _resend_requests, " ".join(["3"] * 40)),
    Case("12-34-too-low", _numbered("1"), "LOGOUT"),
    Case("13-resent-with-a-new-id", _duplicate("never"), ""),
    Case("13-resent-with-an-old-id", _duplicate("bad"), ""),
    Case("14-execution-report-of-nothing", _app("8", f"{FILL}11=nobody|38=1|"), "j"),
    Case("14-hit-on-no-quote", _app("AJ", HIT), "8"),
    Case("16-sent-a-day-ago", _dated(-1), "3 LOGOUT"),
    Case("16-sent-in-a-day", _dated(1), "3 LOGOUT"),
]
NUMBERS = ("NaN", "Infinity", "1e999", "-0", "0", "-5", "1_000", "１２３", "0x10", "9" * 40)
VALUES = [
    Case("17-gbk", _status("中国银行".encode("gbk")), ""),
    Case("17-lone-surrogate", _status(b"\xed\xa0\x80"), ""),
    Case("17-nul", _status(b"a\x00b"), ""),
    Case("17-bidi", _status("\u202eabc\u2066".encode()), ""),
    Case("17-gbk-in-an-id", _app("R", request("中国").encode("gbk")), "j"),
    Case("17-bidi-in-an-id", _app("R", request("a\u202eb").encode()), "j"),
    *(Case(f"18-38={value[:8]}", _rfq(t38=value), "j") for value in NUMBERS),
    *(Case(f"18-270={value[:8]}", _priced(value, "1.1"), "AG NO_MARKET") for value in NUMBERS),
    Case("19-crossed", _priced("1.20000", "1.10000"), "AG CROSSED_MARKET"),
    Case("19-bid-100-times-mid", _priced("110.00000", "1.10004"), "AG CROSSED_MARKET"),
    Case("19-both-100-times-mid", _priced("110.00000", "110.00004"), "AG MARKET_JUMP"),
    Case("19-decimals-of-another-pair", _priced("0.0110000", "0.0110004"), "AG MARKET_JUMP"),
    Case("19-inverted-pair", _rfq(t55="USD/EUR"), "AG UNKNOWN_PAIR"),
    Case("20-value-date-past", _rfq(t64="20200102"), "AG UNKNOWN_VALUE_DATE"),
    Case("20-value-date-on-a-sunday", _rfq(t64="20261025"), "AG UNKNOWN_VALUE_DATE"),
    Case("20-no-date", _rfq(t64="20261399"), "j"),
    Case("20-unknown-tenor", _rfq(t64="", t63="M13"), "AG UNKNOWN_PRODUCT"),
    Case("22-the-largest-deal", _rfq(t38="25000000"), "S"),
    Case("22-a-cent-more-than-the-largest-deal", _rfq(t38="25000000.01"), "AG DEAL_SIZE"),
    Case("27-currency-nobody-knows", _rfq(t15="XXX"), "AG UNKNOWN_CURRENCY"),
]
CASES = [*FRAMES, *VALUES]
