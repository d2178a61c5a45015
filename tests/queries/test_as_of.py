"""The ledger of a past day is the ledger shown on that day: columns, filters, pages, scope, on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.comparisons import ChangeKind
from app.domain.vocabulary import ChangeSubject, DecisionKind, MilestoneKind, RevisionCause, Standing
from app.models import Milestone, Organization
from app.queries import plans, roadmap
from app.queries.as_of import list_milestones_on
from app.queries.comparisons import compare_days
from app.queries.export_rows import MilestoneRecord, Selection
from app.queries.exports import all_milestones
from app.queries.milestones import GONE, PAGE, Cursor, LedgerFilter, LedgerRow, Sort, list_milestones
from app.queries.past_milestone_page import show_milestone_on
from app.queries.past_plan_page import show_plan_on
from app.queries.past_plans import DEFAULT_SETTINGS
from app.queries.roadmap import Roadmap
from app.services import standings
from app.services.plan_files import SettingsPart
from app.services.plan_milestone_parts import parts_of
from app.services.revisions import RevisionInput, revise
from tests.support.desk import Desk, desk_of, document, due, task
from tests.support.facts import Office, add_decision, add_due, add_milestone, add_report, counted, day, noon, office

ALL = Scope()
CLOSE, REOPEN, RETURN = DecisionKind.CLOSE_OUT, DecisionKind.REOPEN, DecisionKind.RETURN


def revised(desk: Desk, subject: ChangeSubject, key: str, now: datetime, **changes: object) -> None:
    """Correct a part of the plan's frame."""
    part = desk.texts()[subject, key].model_copy(update=changes)
    given = RevisionInput(RevisionCause.EDIT, "更正", reason="原录入有误")
    revise(desk.session, desk.actor, desk.context, {(subject, key): part}, given, now=now)


def decided(desk: Desk, key: str, kind: DecisionKind, at: datetime, **more: object) -> None:
    add_decision(desk.session, desk.office, desk.id_of(key), kind, at, **more)


def unit(desk: Desk, name: str) -> int:
    found: int = desk.session.execute(
        sa.select(col(Organization.id)).where(col(Organization.name) == name)
    ).scalar_one()
    return found


def put_back(desk: Desk, at: datetime) -> None:
    last = parts_of(desk.session, desk.context, [desk.id_of("rotation-2026")])["rotation-2026"]
    part = last.model_copy(update={"clause": "四(三)", "due": due("2029-09-30")})
    desk.revise("rotation-2026", part, now=at)


def withdrawn(desk: Desk, at: datetime) -> None:
    draft = desk.draft(document(1), now=at)
    desk.withdraw(draft, "rotation-2026")
    desk.enact(draft, now=at)


# What happened on which day; each day's ledger is looked at when the day is over.
HAPPENED: dict[str, Callable[[Desk, datetime], object]] = {
    "2026-11-23": lambda desk, at: desk.revise("rotation-2027", desk.stored("rotation-2027").model_copy(
        update={"due": due("2027-10-31"), "start_on": date(2027, 2, 1)}), now=at),
    "2026-12-01": lambda desk, at: desk.report("places-2028", at, share_pct=20),
    "2026-12-05": lambda desk, at: desk.revise("north-school-done", desk.stored("north-school-done").model_copy(
        update={"title": "建成北城小学100%", "place": "乙县", "clause": "三(四)", "responsible": ("乙县政府",),
                "kind": MilestoneKind.TASK, "stage": "first"}), now=at),
    "2027-01-10": lambda desk, at: desk.revise("new-task", task(), now=at),
    "2027-02-01": lambda desk, at: revised(desk, ChangeSubject.STAGE, "first", at, name="起步阶段"),
    "2027-03-01": lambda desk, at: revised(desk, ChangeSubject.GROUP, "各县人民政府", at, members=("甲县政府",)),
    "2027-03-02": lambda desk, at: desk.report(
        "rotation-2027", at, share_pct=40, speaks_for_whole=False, organization_id=unit(desk, "甲县人民政府")),
    "2027-05-01": lambda desk, at: revised(
        desk, ChangeSubject.GROUP, "各县人民政府", at, members=("甲县政府", "乙县政府")),
    "2027-06-01": lambda desk, at: desk.revise("new-task", None, now=at),
    "2027-07-01": lambda desk, at: revised(
        desk, ChangeSubject.PLAN, "shiyan-2025", at, short_title="新名", settings=SettingsPart(warning_days=400)),
    "2027-08-01": lambda desk, at: desk.amend("places-2028", document(2), now=at, due=due("2029-06-30")),
    "2027-09-01": withdrawn,
    "2027-12-01": lambda desk, at: add_due(
        desk.session, desk.office, desk.id_of("north-school-done"), 2, "2028-03-31", at),
    "2028-02-01": put_back,
    "2028-04-15": lambda desk, at: desk.report("north-school-done", at, share_pct=100, claims_completion=True),
    "2028-05-01": lambda desk, at: decided(desk, "north-school-done", CLOSE, at, reached_on=date(2028, 4, 10)),
    "2028-06-01": lambda desk, at: decided(desk, "north-school-done", DecisionKind.RECHECK_FAILED, at),
    "2028-07-01": lambda desk, at: decided(desk, "north-school-done", REOPEN, at),
    "2028-08-01": lambda desk, at: desk.revise("north-school-done", desk.stored("north-school-done").model_copy(
        update={"title": "建成北城小学", "due": due("2027-11-30")}), now=at),
    "2029-01-05": lambda desk, at: None,
}  # fmt: skip
DAYS = [day(text) for text in HAPPENED]
QUIET = [day("2027-09-30"), day("2028-12-31")]  # days on which only the calendar moves
STANDINGS = [LedgerFilter(standing=item) for item in Standing]


EVERY = 6  # every so many days the ledger is looked at through all filters


@dataclass(frozen=True)
class Shown:
    """What was shown at the end of each day: the ledger by filter, the counts of the plan's page, the export."""

    desk: Desk
    filters: list[LedgerFilter]
    ledgers: dict[tuple[date, int], tuple[LedgerRow, ...]]
    pages: dict[date, tuple[Any, ...]]
    exports: dict[date, list[MilestoneRecord]]
    today: date


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with desk_of(engine) as found:
        yield found


@pytest.fixture
def shown(desk: Desk) -> Shown:
    """Three years at the desk, with what was shown on every day looked at."""
    filters = [
        LedgerFilter(),
        *STANDINGS,
        LedgerFilter(plan_id=desk.plan_id, year=2028),
        LedgerFilter(kind=MilestoneKind.TASK),
        LedgerFilter(text="100%"),
        LedgerFilter(text="四("),
        LedgerFilter(unit_id=unit(desk, "乙县人民政府")),
        LedgerFilter(unit_id=unit(desk, "甲县人民政府"), standing=Standing.OVERDUE),
        LedgerFilter(place_id=desk.session.get_one(Milestone, desk.id_of("north-school-done")).place_id),
    ]
    found = Shown(desk, filters, {}, {}, {}, DAYS[-1])
    for turn, at in enumerate(sorted(DAYS + QUIET)):
        HAPPENED.get(at.isoformat(), lambda *_: None)(desk, noon(at))
        standings.rebuild(desk.session, at)
        for number, wanted in enumerate(filters if turn % EVERY == 0 else filters[:1]):
            found.ledgers[at, number] = list_milestones(desk.session, ALL, wanted).rows
        if turn % EVERY == 0 and at != found.today:
            found.pages[at] = plan_page(desk, at)
            found.exports[at] = list(all_milestones(desk.session, Selection(), at))
    return found


def plan_page(desk: Desk, at: date) -> tuple[Any, ...]:
    """Return what the plan's page shows today."""
    head = plans.find_plan(desk.session, ALL, "shiyan-2025")
    assert head is not None
    tally = plans.tallies(desk.session, ALL, at)[desk.plan_id]
    stages = [(item.name, item.start_on) for item in plans.stages(desk.session, desk.plan_id)]
    units = {(item.name, item.responsible, item.supporting) for item in plans.units(desk.session, ALL, desk.plan_id)}
    chapters = [(item.name, [(line.clause, line.tally.present) for line in item.clauses]) for item in
                plans.chapters(desk.session, ALL, desk.plan_id)]  # fmt: skip
    sheet = roadmap.roadmap(desk.session, ALL, head.plan)
    return head.plan.short_title, head.plan.warning_days, tally, stages, units, sorted(chapters), marks(sheet)


def past_plan_page(desk: Desk, at: date) -> tuple[Any, ...]:
    head = plans.find_plan(desk.session, ALL, "shiyan-2025")
    assert head is not None
    page = show_plan_on(desk.session, ALL, head, at)
    stages = [(item.name, item.start_on) for item in page.stages]
    units = {(item.name, item.responsible, item.supporting) for item in page.units}
    chapters = [(item.name, [(line.clause, line.tally.present) for line in item.clauses]) for item in page.chapters]
    plan = page.head.plan
    return plan.short_title, plan.warning_days, page.tally, stages, units, sorted(chapters), marks(page.roadmap)


def marks(sheet: Roadmap) -> set[Any]:
    """Return the roadmap's cells, without the ids of flags."""
    return {
        (row.place_name, year, tuple(cell.counts), tuple((item.title, item.standing) for item in cell.recognitions))
        for row in sheet.rows
        for year, cell in row.cells.items()
        if cell.counts or cell.recognitions
    }


def plain(rows: tuple[LedgerRow, ...]) -> list[LedgerRow]:
    """Return rows in an order of their own: those of one day come by their ids, which what was deleted has lost."""
    return sorted((replace(row, id=0) for row in rows), key=repr)


def test_every_day_shows_what_was_shown_on_it(shown: Shown) -> None:
    session, wrong = shown.desk.session, []
    for (at, number), rows in shown.ledgers.items():
        if at == shown.today:
            continue
        page = list_milestones_on(session, ALL, shown.filters[number], at)
        if plain(page.rows) != plain(rows) or page.count != len(rows):
            wrong.append((at, shown.filters[number], set(plain(rows)) ^ set(plain(page.rows))))
    assert wrong == []
    seen = {row.standing for rows in shown.ledgers.values() for row in rows}
    assert seen >= {Standing.OVERDUE, Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN, Standing.PLANNED}
    for at, then in shown.pages.items():
        assert past_plan_page(shown.desk, at) == then, at
    for at, records in shown.exports.items():
        again = list(all_milestones(session, Selection(), at))
        assert sorted((replace(item, id=0) for item in again), key=repr) == sorted(
            (replace(item, id=0) for item in records), key=repr
        ), at


def test_the_settings_of_the_plan_file_are_what_is_taken_where_none_was_written() -> None:
    assert SettingsPart().model_dump(mode="json") == DEFAULT_SETTINGS


def test_what_was_deleted_since_is_on_the_day_it_existed_and_has_no_page(desk: Desk) -> None:
    desk.revise("new-task", task(), now=noon("2027-01-10"))
    desk.revise("new-task", None, now=noon("2027-06-01"))
    standings.rebuild(desk.session, day("2027-07-01"))
    wanted = LedgerFilter(text="编制建设计划")
    (row,) = list_milestones_on(desk.session, ALL, wanted, day("2027-05-31")).rows
    assert (row.has_page, row.id >= GONE, row.responsible) == (False, True, ["州教育局"])
    for before_and_after in ("2027-01-09", "2027-06-01"):
        assert list_milestones_on(desk.session, ALL, wanted, day(before_and_after)).rows == ()
    (gone,) = compare_days(desk.session, ALL, day("2027-05-31"), day("2027-06-30")).of_kind(ChangeKind.WENT)
    assert (gone.title, gone.has_page, gone.standing_after) == ("编制建设计划", False, None)
    (record,) = [item for item in all_milestones(desk.session, Selection(), day("2027-05-31")) if item.id >= GONE]
    assert (record.key, record.title) == ("new-task", "编制建设计划")


def test_before_a_plan_was_issued_there_is_nothing_and_before_its_loading_it_is_as_loaded(desk: Desk) -> None:
    desk.report("places-2028", noon("2026-11-22"), share_pct=20)
    standings.rebuild(desk.session, day("2026-12-01"))
    page = list_milestones_on(desk.session, ALL, LedgerFilter(plan_id=desk.plan_id), day("2025-02-28"))
    assert page.not_yet is not None
    assert (page.rows, page.not_yet.issued_on) == ((), day("2025-03-01"))
    assert list_milestones_on(desk.session, ALL, LedgerFilter(), day("2025-02-28")).rows == ()
    rows = list_milestones_on(desk.session, ALL, LedgerFilter(), day("2025-03-01")).rows
    assert len(rows) == 6
    assert {row.progress_pct for row in rows} == {None}
    head = plans.find_plan(desk.session, ALL, "shiyan-2025")
    assert head is not None
    early = show_plan_on(desk.session, ALL, head, day("2025-02-28"))
    assert (early.in_force, early.tally.total, early.roadmap.rows) == (False, 0, ())


def test_a_unit_sees_what_names_it_today_and_named_it_then(desk: Desk) -> None:
    part = desk.stored("north-school-done")
    desk.revise("north-school-done", part.model_copy(update={"responsible": ("乙县政府",)}), now=noon("2026-12-05"))
    standings.rebuild(desk.session, day("2027-01-01"))
    key = desk.id_of("north-school-done")
    of_jia = Scope(desk.plan_id, unit(desk, "甲县人民政府"))
    of_yi = Scope(desk.plan_id, unit(desk, "乙县人民政府"))

    def sees(scope: Scope, on: str) -> tuple[bool, bool]:
        rows = list_milestones_on(desk.session, scope, LedgerFilter(), day(on)).rows
        return key in {row.id for row in rows}, show_milestone_on(desk.session, scope, key, day(on)) is not None

    assert sees(of_jia, "2026-12-04") == (False, False)  # it is not named any more
    assert sees(of_yi, "2026-12-04") == (False, False)  # it was not named yet
    assert sees(of_yi, "2026-12-31") == (True, True)
    exported = all_milestones(desk.session, Selection(desk.plan_id, of_yi.organization_id), day("2026-12-04"))
    assert key not in {item.id for item in exported}


def test_the_page_of_a_past_day_holds_what_was_on_file_by_its_end(desk: Desk) -> None:
    desk.report("places-2028", noon("2026-12-01"), share_pct=20, values={"SY-PLACES": "500"})
    desk.report("places-2028", noon("2027-02-01"), share_pct=40, values={"SY-PLACES": "900"})
    desk.amend("places-2028", document(2), now=noon("2027-03-01"), due=due("2029-06-30"), title="新增学位2000个")
    part = desk.stored("places-2028").model_copy(update={"targets": (), "stage": None})
    desk.revise("places-2028", part, now=noon("2027-04-01"))
    decided(desk, "places-2028", CLOSE, noon("2027-05-01"), reached_on=day("2027-04-30"))
    standings.rebuild(desk.session, day("2027-06-01"))
    key = desk.id_of("places-2028")
    page = show_milestone_on(desk.session, ALL, key, day("2027-01-31"))
    assert page is not None
    assert (page.milestone.title, page.stage and page.stage.name) == ("新增学位2700个", "第一阶段")
    assert [item.share_pct for item in page.reports] == [Decimal(20)]
    assert not page.decisions + page.dues
    assert [(item.target, item.value) for item in page.targets] == [
        (Decimal(2700), Decimal(500)),
        (Decimal(1500), None),
        (Decimal(1200), None),
    ]
    assert (page.finding.standing, page.finding.effective_due_on) == (Standing.BEHIND, day("2028-12-31"))
    later = show_milestone_on(desk.session, ALL, key, day("2027-05-31"))
    assert later is not None
    assert (later.milestone.title, later.targets, later.stage) == ("新增学位2000个", (), None)
    assert [item.value for item in later.former_targets] == [900]
    assert len(later.dues) == len(later.decisions) == 1


@dataclass(frozen=True)
class Long:
    """A plan of 120 milestones, three to a day, of which some were extended or closed lately."""

    engine: Engine
    of: Office
    ids: list[int]


@pytest.fixture
def long(engine: Engine) -> Long:
    with write_session(engine) as session:
        of = office(session)
        first = day("2026-06-01")
        ids = [add_milestone(session, of, "2026-01-01", first + timedelta(9 * (at // 3))) for at in range(120)]
        for key in ids[::7]:
            add_due(session, of, key, 2, "2029-01-01", noon("2026-11-01"))
        for key in ids[::5]:
            add_decision(session, of, key, CLOSE, noon("2026-11-02"), reached_on=day("2026-05-01"))
        standings.rebuild(session, day("2026-11-22"))
    return Long(engine, of, ids)


@pytest.mark.parametrize("sort", ["due", "-due"])
def test_a_past_ledger_is_paged_forwards_and_back_without_gaps(long: Long, sort: Sort) -> None:
    then = day("2026-10-31")

    def page(cursor: Cursor | None = None) -> Any:
        return list_milestones_on(session, ALL, LedgerFilter(), then, sort=sort, cursor=cursor)

    with read_session(long.engine) as session:
        pages = [page()]
        while pages[-1].next is not None:
            pages.append(page(pages[-1].next))
        back = page(page(pages[1].next).previous)
    keys = [(row.effective_due_on, row.id) for item in pages for row in item.rows]
    assert [len(item.rows) for item in pages] == [PAGE, PAGE, 20]
    assert keys == sorted(set(keys), reverse=sort == "-due")
    assert {row.effective_due_on for item in pages for row in item.rows} < {
        day("2026-06-01") + timedelta(9 * at) for at in range(41)
    }
    assert ([row.id for row in back.rows], back.count) == ([row.id for row in pages[1].rows], 120)
    assert {item.count for item in pages} == {120}


def test_a_past_day_takes_no_more_statements_for_more_milestones(long: Long) -> None:
    counts = []
    for wanted in (LedgerFilter(year=2027), LedgerFilter(), LedgerFilter(standing=Standing.OVERDUE)):
        with read_session(long.engine) as session, counted(long.engine) as statements:
            list_milestones_on(session, ALL, wanted, day("2026-10-31"))
        counts.append(len(statements))
    assert max(counts) <= 30


def test_two_days_are_compared_milestone_by_milestone(long: Long) -> None:
    with read_session(long.engine) as session:
        found = compare_days(session, ALL, day("2026-10-31"), day("2026-11-22"))
        same = compare_days(session, ALL, day("2026-11-22"), day("2026-11-22"))
    extended, closed = set(long.ids[::7]), set(long.ids[::5])
    assert {row.id for row in found.of_kind(ChangeKind.MOVED)} == extended
    assert {row.id for row in found.of_kind(ChangeKind.CLOSED)} == closed
    first, last = day("2026-10-31"), day("2026-11-22")
    due_on = {key: day("2026-06-01") + timedelta(9 * (at // 3)) for at, key in enumerate(long.ids)}
    late = {key for key in set(long.ids) - extended - closed if due_on[key] < last}
    assert {row.id for row in found.of_kind(ChangeKind.SLIPPED)} == late
    assert found.became_overdue == sum(due_on[key] >= first for key in late)
    assert (same.rows, found.counts and found.counts[ChangeKind.APPEARED]) == ((), 0)


STEPS = st.lists(st.sampled_from(["report", "claim", "return", "close", "recheck", "reopen", "extend"]), max_size=9)
KINDS = {"return": RETURN, "close": CLOSE, "recheck": DecisionKind.RECHECK_FAILED, "reopen": REOPEN}


def told(session: Any, of: Office, steps: list[str], turn: Random | None) -> int:
    """Put facts on file, one every ten days; in any order where `turn` mixes them, each with its own instant."""
    key = add_milestone(session, of, "2026-01-01", "2026-04-30")
    at = [noon(date(2026, 1, 10) + timedelta(10 * number)) for number in range(len(steps))]
    order = list(range(len(steps)))
    if turn is not None:
        turn.shuffle(order)
    reports: dict[int, int] = {}
    for number in order:
        if steps[number] in ("report", "claim"):
            claims = steps[number] == "claim"
            reports[number] = add_report(session, of, key, at[number], share_pct=number, claims_completion=claims)
    for number in order:
        if steps[number] in KINDS:
            last = max((earlier for earlier in reports if earlier < number), default=None)
            report_id = None if last is None or steps[number] in ("recheck", "reopen") else reports[last]
            add_decision(session, of, key, KINDS[steps[number]], at[number], report_id=report_id)
        elif steps[number] == "extend":
            version = 2 + steps[:number].count("extend")
            add_due(session, of, key, version, local_day(at[number]) + timedelta(40), at[number])
    return key


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, turn=st.randoms(use_true_random=False), days=st.integers(0, 110))
def test_facts_put_on_file_in_any_order_give_the_same_ledger_of_a_day(
    engine: Engine, steps: list[str], turn: Random, days: int
) -> None:
    with write_session(engine) as session:
        of = office(session)
        keys = [told(session, of, steps, None), told(session, of, steps, turn)]
        standings.refresh(session, keys, date(2026, 11, 22))
        then = date(2026, 1, 1) + timedelta(days)
        rows = list_milestones_on(session, ALL, LedgerFilter(plan_id=of.plan_id), then).rows
        assert len({replace(row, id=0) for row in rows}) == 1
        assert len(rows) == 2
