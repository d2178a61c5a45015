"""Facts of a milestone as they were known before an earlier instant, from facts gathered once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.domain.milestone_facts import MilestoneFacts, ReportFact


def known_before(facts: MilestoneFacts, until: datetime, dues_at: Mapping[int, datetime]) -> MilestoneFacts:
    """Return the facts recorded before an instant; `dues_at`: when each later due date was recorded, by its version.

    A report accepted since is there as one that nobody had accepted yet. The schedule stays as gathered: it decides
    nothing but whether a milestone is behind.
    """
    return replace(
        facts,
        later_dues=tuple(one for one in facts.later_dues if dues_at[one.version] < until),
        reports=tuple(_unless_accepted_since(one, until) for one in facts.reports if one.recorded_at < until),
        decisions=tuple(one for one in facts.decisions if one.recorded_at < until),
    )


def _unless_accepted_since(report: ReportFact, until: datetime) -> ReportFact:
    if report.accepted_at is None or report.accepted_at < until:
        return report
    return replace(report, accepted=False, accepted_at=None, accepted_on=None)
