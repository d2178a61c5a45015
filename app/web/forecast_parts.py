"""What a milestone's page says of its pace: when it will be done, by how much it misses its date, how sure that is."""

from dataclasses import dataclass
from datetime import date

from app.domain.forecasts import WARNED, Confidence, ForecastFinding, confidence_on, forecast
from app.domain.vocabulary import Standing
from app.queries.milestone_page import MilestonePage
from app.web.sparklines import Sparkline, sparkline


@dataclass(frozen=True, slots=True)
class ForecastPart:
    """What a milestone's page says of its pace; `finding` None: no share is reported."""

    finding: ForecastFinding | None
    confidence: Confidence | None = None
    misses_original_by_days: int | None = None
    silent_since: date | None = None
    drawing: Sparkline | None = None


def of_page(page: MilestonePage, today: date) -> ForecastPart | None:
    """Return what a milestone's page says of its pace; None: it runs no more, all is done, or nothing was to begin."""
    standing = page.finding.standing
    if standing not in WARNED and standing is not Standing.OVERDUE:
        return None
    finding = forecast(page.facts)
    if finding is None:
        return ForecastPart(None) if page.milestone.start_on <= today else None
    if finding.share_pct >= 100:
        return None
    expected_on, original = finding.expected_on, page.finding.original_due_on
    return ForecastPart(
        finding=finding,
        confidence=confidence_on(finding.confidence, finding.last_on, today),
        misses_original_by_days=None if expected_on is None else (expected_on - original).days,
        silent_since=finding.silent_since(today),
        drawing=sparkline(page.milestone.start_on, page.finding.effective_due_on, page.facts.schedule, finding),
    )
