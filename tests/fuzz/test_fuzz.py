"""The fuzz targets on their kept corpora and on what hypothesis makes; neither needs atheris."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fix.decode import DECODERS
from tests.fuzz.targets import TARGETS, fix_dealing, fix_fields, fix_market, fix_products, sim_wire
from tests.kit.examples import few

CORPUS = Path(__file__).parent / "corpus"
HANG_S = 1.0
MEMORY_MAX = 64 * 1024 * 1024
"""Bytes that a target may hold at any moment while it reads a corpus."""

SEEDS = {name: sorted((CORPUS / name).iterdir()) for name in TARGETS}
PIECES = st.sampled_from(
    [b"|", b"=", b"-", b".", b"\n", b",", b":", b"{", b'"', b"[", b"\x00", b"\xff", b"\x01", b"0"]
)
MORE_TAGS = (372, 379, 447, 448, 452, 453, 552, 568, 658, 693, 694, 748, 749, 912, 6065)
TERMS = (192, 193, 194, 195, 311, 423, 460, 461, 541, 555, 587, 588, 600, 624, 637, 640, 641)
MORE_TERMS = (654, 687, 711, 762, 879, 882, 916, 917, 1074, 6215, 6216, 6217, 6898, 10176, 10325)
ORDERS = (102, 103, 151, 434, 530, 531, 533)
_PLAIN = (*range(11, 65), 75, *range(115, 135), 146, 150, 167, *range(268, 281), 297)
TAGS = st.sampled_from((*_PLAIN, *ORDERS, *MORE_TAGS, *TERMS, *MORE_TERMS))
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "NaN", "1e999", "1_000", "９", "\udc80", "\x00", "1" * 30, "*", "-1"]),
    st.sampled_from(["0", "1", "2", "4", "D", "F", "Y", "EUR/USD", "USD/JPY", "BANKA", "1.1"]),
    st.sampled_from(["FOR", "SWAP", "FXSWAP", "TD", "REPO", "CNY", "R007", "3M", "G", "N", "11"]),
    st.sampled_from(["7", "8", "A", "C", "E", "H", "I", "NONE"]),
    st.sampled_from(["1000000", "20261021", "08:00:00", "20261021-08:00:00.000"]),
)
MESSAGES = st.tuples(
    st.sampled_from([*DECODERS, "W", "X", "S", "8"]), st.lists(st.tuples(TAGS, VALUES), max_size=40)
)


def test_every_target_has_seeds() -> None:
    assert set(TARGETS) == {path.name for path in CORPUS.iterdir()}
    assert all(SEEDS.values())


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_ends_in_declared_errors_only_quickly_and_in_bounded_memory(name: str) -> None:
    target = TARGETS[name]
    target(SEEDS[name][0].read_bytes())  # what is loaded once counts for nobody
    slow = []
    for seed in SEEDS[name]:
        data, started = seed.read_bytes(), time.process_time()
        target(data)
        if time.process_time() - started > HANG_S:
            slow.append(seed.name)
    assert [] == slow
    tracemalloc.start()
    try:
        for seed in SEEDS[name]:
            target(seed.read_bytes())
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", TARGETS)
@few(60)
@given(seed=st.integers(0, 2**32), piece=PIECES)
def test_a_seed_with_bytes_changed_ends_in_declared_errors_only(
    name: str, seed: int, piece: bytes
) -> None:
    chance = random.Random(seed)
    data = bytearray(chance.choice(SEEDS[name]).read_bytes())
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 0, 1, 1, 4, 40))] = chance.choice(
            (piece, b"", bytes([chance.randrange(256)]), bytes(data[:30]))
        )
    TARGETS[name](bytes(data))


@pytest.mark.parametrize("name", TARGETS)
@few(30)
@given(data=st.binary(max_size=300))
def test_any_bytes_end_in_declared_errors_only(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize(
    "target", [fix_dealing, fix_market, fix_products, sim_wire], ids=lambda t: t.__name__
)
@few(100)
@given(message=MESSAGES)
def test_any_fields_in_any_order_end_in_declared_errors_only(
    target: Callable[[bytes], None], message: tuple[str, list[tuple[int, str]]]
) -> None:
    kind, pairs = message
    body = "".join(f"{tag}={value}|" for tag, value in pairs)
    target(f"8=FIX.4.4|9=1|35={kind}|34=7|{body}".encode("utf-8", "surrogateescape"))


@few(100)
@given(text=VALUES)
def test_any_text_of_a_field_ends_in_declared_errors_only(text: str) -> None:
    fix_fields(text.encode("utf-8", "surrogateescape"))
