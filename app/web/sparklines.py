"""The small drawing of a forecast: reported points, schedule, trend and due date, as numbers for an SVG."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.deadlines import Points
from app.domain.forecasts import ForecastFinding

WIDTH, HEIGHT, EDGE = 168, 52, 4  # of the drawing, and the margin inside it


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Where the lines and marks of a drawing lie; lines are the `points` of an SVG polyline."""

    schedule: str
    reported: str
    trend: str
    marks: tuple[tuple[float, float], ...]
    due_x: float
    end: tuple[float, float] | None  # the expected day; None: it lies outside the drawing, or there is none
    top: float = EDGE
    bottom: float = HEIGHT - EDGE
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(start_on: date, due_on: date, schedule: Points, finding: ForecastFinding) -> Sparkline:
    """Return the drawing of a forecast; the expected day is shown up to twice the time given, cut off beyond."""
    first = min(start_on - timedelta(days=1), finding.points[0].day)
    last = max(due_on, finding.last_on)
    expected_on = finding.expected_on
    shown_until = last + (last - first)
    right = max(last, min(expected_on or last, shown_until))
    right += timedelta(days=max((right - first).days // 25, 1))
    scale = _Scale(first, right)
    corners: list[tuple[date, Decimal | int]] = [
        (first, Decimal(0)),
        *((day, pct) for day, pct in schedule if first < day < due_on),
        (due_on, 100),
    ]
    inside = expected_on is not None and expected_on <= right
    target = (expected_on, Decimal(100)) if inside and expected_on else (right, _share_on(right, finding))
    return Sparkline(
        schedule=scale.line(corners),
        reported=scale.line(finding.points),
        trend=scale.line([finding.points[-1], target]),
        marks=tuple(scale.at(day, share) for day, share in finding.points),
        due_x=scale.at(due_on, 0)[0],
        end=scale.at(*target) if inside else None,
    )


def _share_on(day: date, finding: ForecastFinding) -> Decimal:
    """Return where the trend stands on a day that lies before completion, or of a pace that leads to none."""
    share, ahead = finding.share_pct, (day - finding.last_on).days
    if finding.expected_on is None:
        return min(max(share + finding.pace_pp / 30 * ahead, Decimal(0)), Decimal(100))
    return share + (100 - share) * ahead / (finding.expected_on - finding.last_on).days


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date

    def at(self, day: date, share: Decimal | int) -> tuple[float, float]:
        x = EDGE + (WIDTH - 2 * EDGE) * (day - self.first).days / (self.last - self.first).days
        y = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * float(share) / 100
        return round(x, 1), round(y, 1)

    def line(self, points: Iterable[tuple[date, Decimal | int]]) -> str:
        return " ".join(f"{x},{y}" for x, y in (self.at(day, share) for day, share in points))
