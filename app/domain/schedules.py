"""A milestone's own schedule (序时进度): how much is to be done by the end of which quarter, set by the office."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.domain.quarters import Quarter, quarter_of


def open_quarters(start_on: date, due_on: date) -> list[Quarter]:
    """Return the quarters that end while a milestone runs, before its due day; there the office may set shares."""
    found = []
    quarter = quarter_of(start_on)
    while quarter.last_on < due_on:
        found.append(quarter)
        quarter = quarter.next
    return found


def wrong_shares(shares: Mapping[Quarter, Decimal]) -> list[Quarter]:
    """Return the quarters whose share lies outside 0 to 100 percent, or below that of an earlier quarter."""
    wrong = []
    last = Decimal(0)
    for quarter in sorted(shares):
        if not last <= shares[quarter] <= 100:
            wrong.append(quarter)
        last = max(last, shares[quarter])
    return wrong
