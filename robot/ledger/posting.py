"""Deal -> balanced entry on trade date.

A deal is booked off balance until its value dates (`domain.md` 5.5): what we shall receive is a
contingent receivable, what we shall pay a contingent payable, each against the contingent contra
account of its own currency, so that the entry balances per currency and value date. An NDF is
booked with its notional amounts; they are reversed when it is fixed.
"""

from __future__ import annotations

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.flow import Flow
from robot.messages.effects import Entry, Posting

RECEIVABLE = "contingent_fx_receivable"
PAYABLE = "contingent_fx_payable"
LOAN_RECEIVABLE = "contingent_loan_receivable"
LOAN_PAYABLE = "contingent_loan_payable"
CONTRA = "contingent_contra"


def entry_for(deal: Deal) -> Entry:
    """The trade-date entry of a deal."""
    loan = deal.kind.is_loan
    accounts = (LOAN_RECEIVABLE, LOAN_PAYABLE) if loan else (RECEIVABLE, PAYABLE)
    postings = tuple(posting for flow in deal.flows for posting in _postings(flow, *accounts))
    return Entry(f"{deal.deal_id}.v{deal.version}.trade", deal.deal_id, postings)


def reversal_of(deal: Deal, version: int) -> Entry:
    """The mirror of the entry of a deal, posted by its next `version`."""
    postings = tuple(
        msgspec.structs.replace(posting, amount=-posting.amount)
        for posting in entry_for(deal).postings
    )
    return Entry(f"{deal.deal_id}.v{version}.reversal", deal.deal_id, postings)


def _postings(flow: Flow, receivable: str, payable: str) -> tuple[Posting, Posting]:
    account = receivable if flow.amount > ZERO else payable
    return (
        Posting(account, flow.currency, flow.value_date, flow.amount),
        Posting(CONTRA, flow.currency, flow.value_date, -flow.amount),
    )
