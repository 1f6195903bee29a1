"""Options that the venue's command and the demo read alike, and their error."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sim.products import Product

_ALL = "all"


class OptionError(Exception):
    """An option cannot be used; the text says which, why and what to write instead."""


def parse_products(text: str) -> tuple[Product, ...]:
    """`all`, or a list such as `spot,forward`, each once and in the order of the products."""
    names = [name.strip().upper() for name in text.split(",")]
    if names == [_ALL.upper()]:
        return tuple(Product)
    for name in names:
        if name not in Product.__members__:
            known = ",".join(product.lower() for product in Product)
            raise OptionError(
                f"--products: {name.lower()!r} is no product; write all, or some of {known}"
            )
    return tuple(product for product in Product if product in names)


def shares_of(option: str, text: str, names: Sequence[str]) -> dict[str, float]:
    """`bust=0.1,correction=0.05`: a share between 0 and 1 of each that is named."""
    shares: dict[str, float] = {}
    for part in (each.strip() for each in text.split(",")):
        if not part:
            continue
        name, _, value = part.partition("=")
        try:
            share = float(value) if name in names else -1.0
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise OptionError(
                f"{option} {part!r}: write NAME=SHARE with a name of {', '.join(names)} "
                "and a share between 0 and 1"
            )
        shares[name] = share
    return shares
