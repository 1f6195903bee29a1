"""Who asks for what: `gold client BANKA asks to buy 5 mio EUR/USD on ALPHA, rounds 2`."""

from __future__ import annotations

from connectors.rules.scenario_cursor import Cursor, word_of
from connectors.rules.scenario_given import read_given
from connectors.rules.situation import Situation
from robot.rules.check_values import tenor_of
from robot.rules.draft import Draft
from robot.rules.facts import key_of
from robot.rules.format_words import Words
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import Book
from robot.rules.types import AMOUNT, PRODUCT, Kind, tenor_code
from robot.rules.vocabulary import CHINESE, ENGLISH, VALUES

_OPPOSITE = {"BUY": "SELL", "SELL": "BUY", "LEND": "BORROW", "BORROW": "LEND"}


def prepare(draft: Draft, situation: Situation) -> None:
    """What the draft has to know so that values are read as the book reads them."""
    draft.products = tuple(dict.fromkeys(scope.product for scope in situation.book.scope))
    draft.pair, draft.currency = situation.pair, situation.currency
    draft.by_clock = False  # whoever asks may be told of: the book's own facts were checked


def read_request(cursor: Cursor, situation: Situation) -> bool:
    """The request; True where the book looks by itself instead."""
    if _looks(cursor):
        if not situation.book.every:
            raise cursor.pages.wrong("no look", cursor.last)
        if cursor.takes("COMMA", "AND"):
            read_given(cursor, situation)
        return True
    if situation.book.every and cursor.here is not None:
        raise cursor.pages.wrong("no request", cursor.here)
    _who(cursor, situation)
    _what(cursor, situation)
    if cursor.takes("COMMA", "AND"):
        prepare(cursor.pages.draft, situation)
        read_given(cursor, situation)
    if cursor.here is not None:
        raise cursor.wrong("more")
    return False


def _looks(cursor: Cursor) -> bool:
    while cursor.takes("FILLER", "BOOK"):
        pass
    return cursor.takes("LOOKS") is not None


def _who(cursor: Cursor, situation: Situation) -> None:
    before: list[Token] = []
    after: list[Token] = []
    names = before
    while not cursor.at("ASKS"):
        if cursor.takes("OF_GROUP"):
            situation.put(key_of("group"), _name(cursor))
        elif cursor.takes("FROM"):
            situation.put(key_of("country"), _name(cursor))
        elif cursor.at("CLIENT") or (
            cursor.here is not None and cursor.here.value == "counterparty"
        ):
            cursor.take()
            names = after
        elif cursor.at("NAME", "TEXT", "BANKS", "CURRENCY"):
            names.append(cursor.take())
        else:
            raise cursor.wrong("client", ("client", "asks", "客户", "询价"))
    cursor.needs("asks", "ASKS")
    if not after and before:
        after = [before.pop()]
    if after:
        situation.put(key_of("counterparty"), str(after[0].value))
    types = {
        form: code for code, forms in VALUES[Kind.PARTY_TYPE].items() for form in sum(forms, ())
    }
    for token in before:
        text = "bank" if token.type == "BANKS" else str(token.value)
        if text in types:
            situation.put(key_of("counterparty type"), types[text])
        else:
            situation.put(key_of("tier"), text)


def _name(cursor: Cursor) -> str:
    return str(cursor.needs("value", "NAME", "TEXT", "CURRENCY", "TENOR").value)


def _what(cursor: Cursor, situation: Situation) -> None:
    cursor.takes("FOR")
    cursor.takes("TO")
    verb = cursor.takes("BUY", "SELL", "LEND", "BORROW")
    side = _OPPOSITE[verb.type] if verb is not None else ""
    amount = cursor.here
    if amount is None or not isinstance(amount.value, Quantity):
        raise cursor.wrong("amount")
    code, tenor, product = cursor.amount_currency(), "", ""
    where = cursor.take()
    while cursor.here is not None and not cursor.at("COMMA", "AND"):
        token = cursor.here
        products = {
            form: kind for kind, forms in VALUES[Kind.PRODUCT].items() for form in sum(forms, ())
        }
        text = str(token.value).lower()
        if cursor.takes("PAIR", "CURRENCY"):
            code, where = str(token.value), token
        elif cursor.takes("TENOR"):
            tenor = str(token.value)
        elif text in products:
            cursor.take()
            product = products[text]
        elif cursor.takes("ON", "AT"):
            situation.put(key_of("venue"), _name(cursor))
        elif cursor.takes("FOR"):
            continue
        elif word_of(token) in ("TWO", "WAY"):
            _two_way(cursor)
            side = "BOTH"
        else:
            raise cursor.wrong("more", (*products, "two-way"))
    _ask(cursor, situation, where, (product, code, tenor))
    if side:
        situation.put(key_of("side"), side)
    if tenor:
        when = tenor_of(cursor.pages.draft, tenor, amount)
        situation.put(key_of("tenor"), tenor_code(when))
    prepare(cursor.pages.draft, situation)
    whole = Cursor(cursor.pages, [amount], amount)
    situation.put(key_of("size"), whole.literal(AMOUNT))


def _two_way(cursor: Cursor) -> None:
    cursor.take()
    cursor.takes("MINUS")
    cursor.takes("WAY")


def _ask(cursor: Cursor, situation: Situation, amount: Token, said: tuple[str, str, str]) -> None:
    """Checks that the book is for it."""
    wanted, code, tenor = said
    book = situation.book
    if not code and situation.currency:
        code = situation.pair or situation.currency
    if not code:
        raise cursor.pages.wrong("expected", amount, wanted=_INSTRUMENT, found="", hint=("", ""))
    for scope in book.scope:
        if (not wanted or scope.product == wanted) and code in scope.instruments:
            situation.ask(scope.product, code, tenor)
            return
    found = " ".join(part for part in (wanted.lower(), code) if part)
    raise cursor.pages.wrong("not in book", amount, found=found, known=_known(book))


def _known(book: Book) -> tuple[str, str]:
    english, chinese = (
        "; ".join(
            f"{words.value(PRODUCT, str(scope.product))} {', '.join(scope.instruments)}"
            for scope in book.scope
        )
        for words in (Words(ENGLISH), Words(CHINESE))
    )
    return english, chinese


_INSTRUMENT = ("a pair such as EUR/USD, or a currency", "货币对（如 EUR/USD）或货币")
