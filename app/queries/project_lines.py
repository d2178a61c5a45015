"""A project as lists and pages show it: its figures, and what they say of its time, works and money."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.project_money import MoneyFinding, MoneyFindingKind, Paid, Provided, money_findings
from app.domain.projects import (
    Drift,
    ProjectState,
    Side,
    drifts,
    first_day,
    last_day,
    leading_step,
    state_of,
    time_pct,
    works_pct,
)
from app.domain.shares import share_pct
from app.domain.vocabulary import MilestoneKind, ProjectNature, Standing, Timeliness

_PLANNING = frozenset({MoneyFindingKind.LINES_DIFFER})  # says something of the plan, nothing of the payments


@dataclass(frozen=True, slots=True)
class ProjectMilestone:
    """A milestone of a project with its standing."""

    project_id: int
    id: int
    kind: MilestoneKind
    title: str
    start_on: date
    due_on: date
    effective_due_on: date
    standing: Standing
    timeliness: Timeliness | None
    claim_pending: bool
    progress_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in a list; `investment_fen` None: the document gives no sum."""

    milestones: tuple[ProjectMilestone, ...]
    provided: tuple[Provided, ...]
    payments: tuple[Paid, ...]
    id: int
    key: str
    plan_id: int
    plan_slug: str
    plan_title: str
    drift_threshold_pp: int
    no: int
    name: str
    clause: str
    place_name: str
    site: str | None
    nature: ProjectNature
    investment_fen: int | None
    start_year: int | None
    end_year: int
    classes: int | None
    places: int | None

    @property
    def paid_fen(self) -> int | None:
        """Return the sum of all payments; None: no payment is on record."""
        return sum(item.amount_fen for item in self.payments) if self.payments else None

    @property
    def budget_fen(self) -> int | None:
        """Return the sum of the budget lines; None: there is none."""
        return sum(item.amount_fen for item in self.provided) if self.provided else None

    @property
    def whole_fen(self) -> int | None:
        """Return what payments are a share of: the investment, else the budget lines; None where neither is known."""
        return self.investment_fen or self.budget_fen

    @property
    def paid_pct(self) -> Decimal | None:
        """Return payments in percent of the investment, else of the budget; None where either is unknown."""
        paid, whole = self.paid_fen, self.whole_fen
        return None if paid is None or not whole else share_pct(paid, whole)

    @property
    def overpaid(self) -> bool:
        """Tell whether more was paid than the plan provides."""
        return self.paid_fen is not None and self.investment_fen is not None and self.paid_fen > self.investment_fen

    @property
    def money_findings(self) -> tuple[MoneyFinding, ...]:
        """Return where payments and budget disagree."""
        return money_findings(self.provided, self.payments, self.investment_fen)

    @property
    def off_budget(self) -> bool:
        """Tell whether a payment exceeds the budget or has none."""
        return any(item.kind not in _PLANNING for item in self.money_findings)

    @property
    def leading(self) -> ProjectMilestone | None:
        """Return the milestone whose reports tell the visible progress; None: there is none."""
        return leading_step(self.milestones)

    @property
    def progress_pct(self) -> Decimal | None:
        """Return the visible progress in percent; None: not reported."""
        return works_pct(self.milestones)

    @property
    def start_on(self) -> date | None:
        """Return the first day of the works; None: not known."""
        return first_day(self.milestones, self.start_year)

    @property
    def end_on(self) -> date:
        """Return the day on which the works are due."""
        return last_day(self.milestones, self.end_year)

    def elapsed_pct(self, today: date) -> Decimal | None:
        """Return the share of the project's time that has passed, in percent; None without a first day."""
        return time_pct(self.start_on, self.end_on, today)

    def drifts(self, today: date) -> tuple[Drift, ...]:
        """Return which of time, works and money lie further apart than the plan's setting."""
        shares = {Side.TIME: self.elapsed_pct(today), Side.WORKS: self.progress_pct, Side.MONEY: self.paid_pct}
        return drifts(shares, self.drift_threshold_pp)

    def state(self, today: date) -> ProjectState:
        """Return where the project stands as a whole."""
        return state_of(self.milestones, self.start_on, today)
