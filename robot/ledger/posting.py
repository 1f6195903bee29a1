"""Deal -> balanced entry on trade date.

A spot deal is booked off balance until its value date (`domain.md` 5.5): what we shall receive is a
contingent receivable, what we shall pay a contingent payable, each against the contingent contra
account of its own currency, so that the entry balances per currency and value date.
"""

from __future__ import annotations

from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.flow import Flow
from robot.messages.effects import Entry, Posting

RECEIVABLE = "contingent_fx_receivable"
PAYABLE = "contingent_fx_payable"
CONTRA = "contingent_contra"


def entry_for(deal: Deal) -> Entry:
    """The trade-date entry of a deal."""
    postings = tuple(posting for flow in deal.flows for posting in _postings(flow))
    return Entry(f"{deal.deal_id}.v{deal.version}.trade", deal.deal_id, postings)


def _postings(flow: Flow) -> tuple[Posting, Posting]:
    account = RECEIVABLE if flow.amount > ZERO else PAYABLE
    return (
        Posting(account, flow.currency, flow.value_date, flow.amount),
        Posting(CONTRA, flow.currency, flow.value_date, -flow.amount),
    )
