"""The quarterly circular (季度通报): the facts it is made of and the counts, rates and problems read from them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.circular_cases import CaseRow, RectificationRow
from app.domain.circular_projects import ProjectRow
from app.domain.shares import share_pct
from app.domain.targets import Verdict
from app.domain.vocabulary import Comparator, IndicatorGroup, Standing, Timeliness

NO_UNIT = "未明确责任单位"
IN_TIME = frozenset({Timeliness.EARLY, Timeliness.ON_TIME})
NOT_RATED = frozenset({Standing.UNCONFIRMED, Standing.WITHDRAWN})
STANDING_ORDER = (
    Standing.CLOSED,
    Standing.AWAITING_VERIFICATION,
    Standing.ON_TRACK,
    Standing.DUE_SOON,
    Standing.BEHIND,
    Standing.OVERDUE,
    Standing.REGRESSED,
    Standing.PLANNED,
    Standing.UNCONFIRMED,
    Standing.WITHDRAWN,
)


@dataclass(frozen=True, kw_only=True)
class PastStanding:
    """Where a milestone stood at the end of the previous quarter, as known then."""

    standing: Standing
    timeliness: Timeliness | None
    effective_due_on: date


@dataclass(frozen=True, kw_only=True)
class EarlyWarning:
    """By how many days a running milestone will miss its date at its pace; `expected_on` None: the pace leads nowhere.

    `trusted`: enough reports, evenly spread and fresh enough, speak for it.
    """

    expected_on: date | None
    misses_by_days: int
    trusted: bool


@dataclass(frozen=True, kw_only=True)
class MilestoneRow:
    """One milestone as it stood at the cut-off; `group` is the county it counts for, `previous` None when unknown then.

    `responsible` leads with the lead unit. `days_late` counts from the effective, `days_late_original` from the
    original due date; both are 0 when not late. `progress_pct` and `last_report_on` are None when nothing was reported.
    `stage` is the plan's stage it belongs to, `warning` what its pace foretells; both None where there is none.
    """

    id: int
    clause: str
    kind_label: str
    title: str
    place: str | None
    group: str | None
    responsible: tuple[str, ...]
    supporting: tuple[str, ...]
    original_due_on: date
    effective_due_on: date
    due_phrase: str
    standing: Standing
    standing_label: str
    timeliness: Timeliness | None = None
    days_late: int = 0
    days_late_original: int = 0
    progress_pct: Decimal | None = None
    last_report_on: date | None = None
    previous: PastStanding | None = None
    stage: str | None = None
    warning: EarlyWarning | None = None


@dataclass(frozen=True, kw_only=True)
class TargetRow:
    """One target held against its latest value by the cut-off; `measured` None when there is none."""

    milestone_id: int
    place: str | None
    indicator_code: str
    indicator_name: str
    stage_label: str | None
    comparator: Comparator
    target: Decimal
    unit: str
    effective_due_on: date
    measured: Decimal | None
    measured_on: date | None
    verdict: Verdict
    is_boolean: bool = False
    group: IndicatorGroup = IndicatorGroup.PLAN

    @property
    def is_variation(self) -> bool:
        """Tell whether it is a coefficient of variation between schools (差异系数), single or their mean."""
        return self.group is IndicatorGroup.RESOURCE_CV or "差异系数" in self.indicator_name


@dataclass(frozen=True, kw_only=True)
class LedgerFacts:
    """A plan and its milestones in the order of its document, as known at `cut_off_at` (UTC) of `cut_off_on`."""

    plan_title: str
    plan_short_title: str
    plan_document_number: str | None
    issuer_office: str
    area: str
    cut_off_on: date
    cut_off_at: datetime
    milestones: tuple[MilestoneRow, ...]


@dataclass(frozen=True, kw_only=True)
class CircularFacts(LedgerFacts):
    """Everything one circular says, as known at `cut_off_at`; `previous_quarter_label` None when none was tracked.

    `previous_only` are the standings at the end of the previous quarter of what has been struck off the record since.
    """

    quarter_label: str
    quarter_first_on: date
    quarter_last_on: date
    previous_quarter_label: str | None
    previous_cut_off_on: date | None
    next_quarter_label: str
    targets: tuple[TargetRow, ...]
    projects: tuple[ProjectRow, ...]
    due_next: tuple[MilestoneRow, ...]
    cases: tuple[CaseRow, ...]
    rectifications: tuple[RectificationRow, ...] = ()
    previous_only: tuple[PastStanding, ...] = ()


@dataclass(frozen=True)
class StandingTotal:
    """How many milestones stand so; `previous` None without a previous quarter, `share_pct` None in an empty plan."""

    standing: Standing
    count: int
    share_pct: Decimal | None
    previous: int | None

    @property
    def change(self) -> int | None:
        """Return the change in items on the previous quarter's end; None without one."""
        return None if self.previous is None else self.count - self.previous


@dataclass(frozen=True)
class OnTime:
    """Milestones due by the cut-off and those of them closed in time; `early` are among `in_time`."""

    due: int
    in_time: int
    early: int

    @property
    def rate_pct(self) -> Decimal | None:
        """Return the on-time rate in percent, one decimal; None when nothing was due."""
        return share_pct(self.in_time, self.due)


@dataclass(frozen=True)
class GroupProgress:
    """The progress of one county or lead unit; `running` are planned, on track or due soon."""

    name: str
    total: int
    closed: int
    running: int
    behind: int
    awaiting: int
    overdue: int
    regressed: int
    unconfirmed: int
    withdrawn: int
    on_time: OnTime


@dataclass(frozen=True)
class TargetTotals:
    """Targets by verdict; `met_pct` is None when none was assessed."""

    total: int
    met: int
    unmet: int
    not_assessed: int

    @property
    def met_pct(self) -> Decimal | None:
        """Return the share met among the assessed targets in percent."""
        return share_pct(self.met, self.met + self.unmet)


def standing_totals(facts: CircularFacts) -> tuple[StandingTotal, ...]:
    """Count milestones by standing, every standing once, with its share of all and the previous count."""
    rows = facts.milestones
    now = Counter(row.standing for row in rows)
    then = Counter(one.standing for one in _past(facts))
    compared = has_previous(facts)
    return tuple(
        StandingTotal(
            standing, now[standing], share_pct(now[standing], len(rows)), then[standing] if compared else None
        )
        for standing in STANDING_ORDER
    )


def has_previous(facts: CircularFacts) -> bool:
    """Say whether there is a previous quarter to compare with."""
    return facts.previous_cut_off_on is not None and bool(_past(facts))


def on_time(rows: Iterable[MilestoneRow], cut_off_on: date) -> OnTime:
    """Rate the milestones due by the cut-off; unconfirmed and withdrawn ones are not rated."""
    due = [row for row in rows if row.effective_due_on <= cut_off_on and row.standing not in NOT_RATED]
    return _rated((row.standing, row.timeliness) for row in due)


def previous_on_time(facts: CircularFacts) -> OnTime | None:
    """Rate the previous quarter's end by what was known then; None without a previous quarter."""
    cut_off_on = facts.previous_cut_off_on
    if cut_off_on is None or not has_previous(facts):
        return None
    due = [one for one in _past(facts) if one.effective_due_on <= cut_off_on and one.standing not in NOT_RATED]
    return _rated((one.standing, one.timeliness) for one in due)


def on_time_change(facts: CircularFacts) -> Decimal | None:
    """Return the change of the on-time rate in percentage points; None when either quarter has no rate."""
    now, then = on_time(facts.milestones, facts.cut_off_on).rate_pct, previous_on_time(facts)
    if now is None or then is None or then.rate_pct is None:
        return None
    return now - then.rate_pct


def has_counties(facts: LedgerFacts) -> bool:
    """Say whether the plan sets milestones by county, so that progress is told by county."""
    return any(row.group for row in facts.milestones)


def lead_unit(row: MilestoneRow) -> str:
    """Return the unit that leads a milestone, or the words for a plan that names none."""
    return row.responsible[0] if row.responsible else NO_UNIT


def progress_by_group(facts: LedgerFacts) -> tuple[GroupProgress, ...]:
    """Return the progress of every county or lead unit, in the order the plan first names them.

    What the plan gives to no county or no unit comes last.
    """
    by_county = has_counties(facts)
    groups: dict[str, list[MilestoneRow]] = {}
    for row in facts.milestones:
        name = (row.group or f"{facts.area}本级") if by_county else lead_unit(row)
        groups.setdefault(name, []).append(row)
    for name in (f"{facts.area}本级", NO_UNIT):
        if name in groups:
            groups[name] = groups.pop(name)
    return tuple(group_progress(name, rows, facts.cut_off_on) for name, rows in groups.items())


def overdue(facts: LedgerFacts) -> tuple[MilestoneRow, ...]:
    """Return the overdue milestones, the longest overdue first, then by due date and number."""
    rows = (row for row in facts.milestones if row.standing is Standing.OVERDUE)
    return tuple(sorted(rows, key=lambda row: (-row.days_late, -row.days_late_original, row.effective_due_on, row.id)))


def ending(facts: LedgerFacts) -> tuple[MilestoneRow, ...]:
    """Return the milestones whose due day is the cut-off day and that are neither closed nor claimed done.

    They are not overdue before the next day, and yet their time is up.
    """
    open_ones = (Standing.PLANNED, Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND)
    return tuple(
        row for row in facts.milestones if row.effective_due_on == facts.cut_off_on and row.standing in open_ones
    )


def due_until_quarter_end(facts: CircularFacts) -> tuple[MilestoneRow, ...]:
    """Return the open milestones due after the cut-off in the quarter itself, which then is still running."""
    settled = (Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN)
    rows = (
        row
        for row in facts.milestones
        if facts.cut_off_on < row.effective_due_on <= facts.quarter_last_on and row.standing not in settled
    )
    return tuple(sorted(rows, key=lambda row: row.effective_due_on))


def due_or_measured(facts: CircularFacts) -> tuple[TargetRow, ...]:
    """Return the targets there is something to say of: due by the cut-off, or with a measured value."""
    return tuple(row for row in facts.targets if row.effective_due_on <= facts.cut_off_on or row.measured is not None)


def unconfirmed_count(facts: LedgerFacts) -> int:
    """Count the milestones due before tracking began with nothing on file; the circular remarks on them apart."""
    return sum(row.standing is Standing.UNCONFIRMED for row in facts.milestones)


def target_totals(facts: CircularFacts) -> TargetTotals:
    """Count the targets by verdict."""
    counts = Counter(row.verdict for row in facts.targets)
    return TargetTotals(len(facts.targets), counts[Verdict.MET], counts[Verdict.UNMET], counts[Verdict.NOT_ASSESSED])


def _past(facts: CircularFacts) -> list[PastStanding]:
    known = [row.previous for row in facts.milestones if row.previous is not None]
    return [*known, *facts.previous_only]


def group_progress(name: str, rows: list[MilestoneRow], cut_off_on: date) -> GroupProgress:
    """Count the milestones of one county, unit or stage by where they stand."""
    counts = Counter(row.standing for row in rows)
    running = (Standing.PLANNED, Standing.ON_TRACK, Standing.DUE_SOON)
    return GroupProgress(
        name=name,
        total=len(rows),
        closed=counts[Standing.CLOSED],
        running=sum(counts[standing] for standing in running),
        behind=counts[Standing.BEHIND],
        awaiting=counts[Standing.AWAITING_VERIFICATION],
        overdue=counts[Standing.OVERDUE],
        regressed=counts[Standing.REGRESSED],
        unconfirmed=counts[Standing.UNCONFIRMED],
        withdrawn=counts[Standing.WITHDRAWN],
        on_time=on_time(rows, cut_off_on),
    )


def _rated(judged: Iterable[tuple[Standing, Timeliness | None]]) -> OnTime:
    due = list(judged)
    closed = [timeliness for standing, timeliness in due if standing is Standing.CLOSED]
    return OnTime(len(due), sum(one in IN_TIME for one in closed), sum(one is Timeliness.EARLY for one in closed))
