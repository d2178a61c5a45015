"""Preview a ladder: what it would raise today and in the days ahead, and what differs from the one in force."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from sqlmodel import Session

from app.domain.ladder import NOTHING_FIRED, FiredBefore, Ladder, Rung
from app.domain.ladder_previews import Ahead, as_changed, matter_ahead, milestone_ahead
from app.domain.milestone_facts import MilestoneFacts
from app.domain.standing import Policy, StandingFinding, judge
from app.domain.vocabulary import DayKind, Measure, RungTrigger, Standing
from app.queries import expected_answers, facts, ladder_previews, ladders, missing_reports, plans
from app.queries.ladder_previews import MayFire
from app.services.ladder_preview_lines import MOST_SHOWN, Coming, PreviewLine, lines_of
from app.services.plan_files import LadderRungPart

AHEAD_DAYS = 30
_NEW_ID = 2**31  # of a rung that is not on record: behind all that are


@dataclass(frozen=True, slots=True)
class MeasureCount:
    """How many alerts of a measure fire today and by the last day ahead, by the ladder shown and the one in force."""

    measure: Measure
    today: int
    ahead: int
    today_in_force: int
    ahead_in_force: int


@dataclass(frozen=True, slots=True)
class PreviewList:
    """The first of many lines, and how many there are."""

    total: int
    lines: tuple[PreviewLine, ...]


@dataclass(frozen=True, slots=True)
class LadderPreview:
    """What a ladder would raise up to a day; `compared` False: it is the one in force."""

    until_on: date
    compared: bool
    counts: tuple[MeasureCount, ...]
    all: PreviewList
    new: PreviewList  # fires by the ladder shown only
    gone: PreviewList  # fires by the one in force only
    moved: PreviewList  # fires by both, on another day

    @property
    def today(self) -> int:
        """How many alerts would be raised today."""
        return sum(item.today for item in self.counts)


def preview(session: Session, plan_id: int, changed: Mapping[str, LadderRungPart | None], today: date) -> LadderPreview:
    """Return what the ladder in force would raise with some rungs changed by key (None: gone); nothing is written.

    Nothing is assumed to be reported, answered or decided in the days ahead.
    """
    in_force = ladders.ladders(session, [plan_id])[plan_id]
    ids = {rung.key: rung.id or 0 for rung in plans.ladder(session, plan_id)}
    shown = _changed(in_force, ids, changed)
    both = [in_force, shown] if changed else [in_force]
    until = today + timedelta(days=AHEAD_DAYS)
    found: list[list[Coming]] = [[] for _ in both]
    for source in (_of_milestones, _of_silence, _of_answers):
        for which, coming in source(session, plan_id, both, today, until):
            found[which].append(coming)
    return _compared(session, plan_id, found[-1], found[0], today, until, compared=bool(changed))


def _changed(ladder: Ladder, ids: Mapping[str, int], changed: Mapping[str, LadderRungPart | None]) -> Ladder:
    rungs = {rung.id: rung for rung in ladder.rungs}
    for position, (key, part) in enumerate(changed.items()):
        rung_id = ids.get(key, _NEW_ID + position)
        if part is None:
            rungs.pop(rung_id, None)
        else:
            rungs[rung_id] = _rung(rung_id, part)
    return replace(ladder, rungs=tuple(rungs.values()))


def _rung(rung_id: int, part: LadderRungPart) -> Rung:
    return Rung(
        rung_id,
        part.offset_days,
        Measure(part.measure),
        part.clause,
        part.trigger,
        part.day_kind,
        part.addressed,
        part.reply_days,
        part.at_once,
        part.opens_case,
    )


def _of_milestones(
    session: Session, plan_id: int, both: Sequence[Ladder], today: date, until: date
) -> Iterator[tuple[int, Coming]]:
    """Yield what comes of milestones; facts are gathered only of those whose finding the projection does not hold."""
    policy = facts.policies(session)[plan_id]
    lagging = any(RungTrigger.LAGGING in ladder.by_trigger for ladder in both)
    latest = until + max(_days_before(ladder, RungTrigger.DUE) for ladder in both)
    rows = ladder_previews.may_fire(session, plan_id, latest, lagging=lagging)
    for start in range(0, len(rows), facts.CHUNK):
        some = rows[start : start + facts.CHUNK]
        before = ladders.fired_before(session, [row.milestone_id for row in some], {plan_id: both[0]})
        ids = [row.milestone_id for row in some if _needs_facts(row, lagging)]
        known = {item.milestone_id: item.facts for item in facts.gather(session, ids)} if ids else {}
        for row in some:
            on_file = known.get(row.milestone_id)
            judged_on = _judged(on_file, policy) if on_file else _projected(row)
            matter = f"milestone/{row.milestone_id}"
            fired = before.get(row.milestone_id, NOTHING_FIRED)
            for which, ladder in enumerate(both):
                for ahead in milestone_ahead(judged_on, ladder, _as_seen(fired, ladder, which), today, until):
                    yield which, replace(_coming(matter, ahead), milestone_id=row.milestone_id, facts=on_file)


def _needs_facts(row: MayFire, lagging: bool) -> bool:
    """Tell whether the projection is not enough: which regression it is, or since when a milestone lags."""
    reported = row.progress_pct is not None and row.standing is not Standing.OVERDUE
    return row.standing is Standing.REGRESSED or (lagging and reported)


def _judged(on_file: MilestoneFacts, policy: Policy) -> Callable[[date], StandingFinding]:
    @cache
    def judged_on(day: date) -> StandingFinding:
        return judge(on_file, day, policy)

    return judged_on


def _projected(row: MayFire) -> Callable[[date], StandingFinding]:
    """Return the finding of today for every day: rungs of a due date ask for no more than the date."""
    finding = StandingFinding(
        row.standing,
        row.since,
        row.effective_due_on,
        row.due_version,
        progress_pct=row.progress_pct,
        original_due_on=row.original_due_on,
    )
    return lambda _day: finding


def _of_silence(
    session: Session, plan_id: int, both: Sequence[Ladder], today: date, until: date
) -> Iterator[tuple[int, Coming]]:
    trigger = RungTrigger.MISSING_REPORT
    if not any(trigger in ladder.by_trigger for ladder in both):
        return
    latest = until + max(_days_before(ladder, trigger) for ladder in both)
    keys = ladder_previews.silences(session, plan_id, latest)
    if not (owed := missing_reports.unreported(session, keys) if keys else {}):
        return
    periods = missing_reports.periods(session, [period_id for period_id, _ in owed])
    before = missing_reports.fired_before(session, list(owed), {plan_id: both[0]})
    for key, titles in owed.items():
        period, fired, matter = periods[key[0]], before.get(key, NOTHING_FIRED), missing_reports.matter(key)
        for which, ladder in enumerate(both):
            known = _as_seen(fired, ladder, which)
            for ahead in matter_ahead(ladder, trigger, period.timely_until_on, known, today, until):
                yield which, replace(_coming(matter, ahead), silence=(key, period, titles))


def _of_answers(
    session: Session, plan_id: int, both: Sequence[Ladder], today: date, until: date
) -> Iterator[tuple[int, Coming]]:
    trigger = RungTrigger.UNANSWERED
    if not any(trigger in ladder.by_trigger for ladder in both):
        return
    owed = {
        (item.alert_id, item.organization_id): item.reply_due_on for item in ladder_previews.owing(session, plan_id)
    }
    before = expected_answers.fired_before(session, list(owed), {plan_id: both[0]}) if owed else {}
    for key, limit_on in owed.items():
        fired, matter = before.get(key, NOTHING_FIRED), expected_answers.matter(key)
        for which, ladder in enumerate(both):
            known = _as_seen(fired, ladder, which)
            for ahead in matter_ahead(ladder, trigger, limit_on, known, today, until):
                yield which, replace(_coming(matter, ahead), owed=key)


def _coming(matter: str, ahead: Ahead) -> Coming:
    return Coming(ahead.on, ahead.firing.rung, matter, ahead.firing.occasion, ahead.finding)


def _as_seen(fired: FiredBefore, ladder: Ladder, which: int) -> FiredBefore:
    """Return what has fired as one of the ladders sees it; the first is the one in force."""
    return fired if which == 0 or not fired.highest else as_changed(fired, {rung.id: rung for rung in ladder.rungs})


def _days_before(ladder: Ladder, trigger: RungTrigger) -> timedelta:
    """Return how far ahead of its date a trigger reaches at most; of working days, amply counted."""
    days = [(-rung.offset_days, rung.day_kind) for rung in ladder.by_trigger.get(trigger, ()) if rung.offset_days < 0]
    return timedelta(days=max((2 * many + 30 if kind is DayKind.WORKING else many for many, kind in days), default=0))


def _compared(
    session: Session,
    plan_id: int,
    shown: list[Coming],
    in_force: list[Coming],
    today: date,
    until: date,
    *,
    compared: bool,
) -> LadderPreview:
    old = {item.key: item for item in in_force} if compared else {}
    new = {item.key: item for item in shown} if compared else {}
    lists = [
        shown,
        [item for key, item in new.items() if key not in old],
        [item for key, item in old.items() if key not in new],
        [item for key, item in new.items() if key in old and old[key].on != item.on],
    ]
    ordered = [sorted(items, key=_order) for items in lists]
    described = lines_of(session, plan_id, [item for items in ordered for item in items[:MOST_SHOWN]], today)
    written = [
        PreviewList(
            len(items),
            tuple(
                replace(described[item], was_on=old[item.key].on if number == 3 else None)
                for item in items[:MOST_SHOWN]
            ),
        )
        for number, items in enumerate(ordered)
    ]
    return LadderPreview(until, compared, _counts(shown, in_force, today), *written)


def _order(item: Coming) -> tuple[date, int, str]:
    return item.on, -list(Measure).index(item.rung.measure), item.matter


def _counts(shown: Sequence[Coming], in_force: Sequence[Coming], today: date) -> tuple[MeasureCount, ...]:
    columns = [Counter[Measure]() for _ in range(4)]
    for items, (on_the_day, ahead) in ((shown, columns[:2]), (in_force, columns[2:])):
        ahead.update(item.rung.measure for item in items)
        on_the_day.update(item.rung.measure for item in items if item.on == today)
    return tuple(
        MeasureCount(measure, *(column[measure] for column in columns))
        for measure in Measure
        if any(column[measure] for column in columns)
    )
