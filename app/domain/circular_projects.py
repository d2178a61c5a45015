"""Construction projects as printed documents tell of them, and their sums (DOMAIN.md section 7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.project_money import Paid, Provided
from app.domain.projects import Drift
from app.domain.shares import share_pct


@dataclass(frozen=True, kw_only=True)
class PhaseRow:
    """A phase (期) of a project; None where the document is silent. `floor_m2` in m²."""

    name: str
    stage_label: str | None = None
    start_year: int | None = None
    end_year: int | None = None
    classes: int | None = None
    places: int | None = None
    floor_m2: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ProjectRow:
    """One construction project; money in 万元, None when the plan or the unit gave no figure.

    `paid_pct` is the share of the investment, or where that is not given of the budget lines. `elapsed_pct` is the
    share of its time that has passed, `progress_pct` the visible progress. `provided` and `payments` are in fen.
    """

    no: str
    name: str
    nature_label: str
    site: str | None
    investment_wan: Decimal | None
    paid_wan: Decimal | None
    start_year: int | None
    end_year: int | None
    start_standing_label: str | None
    completion_standing_label: str | None
    progress_pct: Decimal | None
    budget_wan: Decimal | None = None
    paid_pct: Decimal | None = None
    elapsed_pct: Decimal | None = None
    provided: tuple[Provided, ...] = ()
    payments: tuple[Paid, ...] = ()
    phases: tuple[PhaseRow, ...] = ()
    drifts: tuple[Drift, ...] = ()

    @property
    def whole_wan(self) -> Decimal | None:
        """Return what payments are a share of: the investment, else the budget; None where neither is given."""
        return self.investment_wan if self.investment_wan is not None else self.budget_wan


@dataclass(frozen=True)
class ProjectTotals:
    """Sums over the projects that gave the figure, in 万元 (None when none did), and how many did not."""

    count: int
    investment_wan: Decimal | None
    budget_wan: Decimal | None
    paid_wan: Decimal | None
    without_investment: int
    without_payment: int
    paid_pct: Decimal | None


def project_totals(projects: Sequence[ProjectRow]) -> ProjectTotals:
    """Sum investment, budget and payments; the payment share is over the projects that gave both figures."""
    both = [(row.paid_wan, row.whole_wan) for row in projects]
    pairs = [(paid, whole) for paid, whole in both if paid is not None and whole]
    return ProjectTotals(
        count=len(projects),
        investment_wan=_sum(row.investment_wan for row in projects),
        budget_wan=_sum(row.budget_wan for row in projects),
        paid_wan=_sum(row.paid_wan for row in projects),
        without_investment=sum(row.investment_wan is None for row in projects),
        without_payment=sum(row.paid_wan is None for row in projects),
        paid_pct=share_pct(sum((paid for paid, _ in pairs), Decimal(0)), sum((all_ for _, all_ in pairs), Decimal(0))),
    )


def _sum(figures: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what was given; None when nothing was."""
    given = [figure for figure in figures if figure is not None]
    return sum(given, Decimal(0)) if given else None
