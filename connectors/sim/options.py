"""Options that the venue's command and the demo read alike, and their error."""

from __future__ import annotations

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
