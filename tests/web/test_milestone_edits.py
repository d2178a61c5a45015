"""The form of a milestone: what is opened is what is saved, and whatever cannot be taken is named at its field."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.datastructures import FormData
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import ChangeSubject, Comparator, Role, Standing
from app.models import Milestone, MilestoneStanding, Plan
from app.services.plan_context import plan_context
from app.services.plan_edits import fingerprint_of, save_part
from app.services.plan_files import MilestonePart
from app.services.plan_milestone_parts import milestone_parts
from app.services.revisions import differences
from app.web.forms import Form
from app.web.milestone_forms import MilestoneValues, read_milestone, stored_values
from tests.support.busy import overdue_milestone
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, flat, signed_in

Enter = Callable[..., TestClient]
NEW = {
    "title": "编制校园安全台账",
    "clause": "三(九)1",
    "kind": "task",
    "place": "洛阳市",
    "due_phrase": "2027年6月底前",
    "responsible": "市教育局、市财政局",
    "supporting": "各县区人民政府",
}
HOSTILE = [
    "\x00",
    "a" * 5000,
    "99999999999999999999",
    "NaN",
    "1e999999",
    "9999-12-31",
    "0001-01-01",
    "<script>alert(1)</script>",
    "、、，\n；",
    "\ud7ff\U0001f600‮",
]


def id_of_plan(app: FastAPI, slug: str = PLAN) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == slug)).scalar_one()
        return found


def id_of(app: FastAPI, key: str) -> int:
    with read_session(app.state.engine) as session:
        query = sa.select(col(Milestone.id)).where(col(Milestone.key) == key, col(Milestone.plan_id) == id_of_plan(app))
        found: int = session.execute(query).scalar_one()
        return found


def key_of_one(app: FastAPI, standing: Standing) -> str:
    with read_session(app.state.engine) as session:
        query = sa.select(col(Milestone.key)).join(
            MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id)
        )
        of_plan = col(Milestone.plan_id) == id_of_plan(app)
        query = query.where(of_plan, col(MilestoneStanding.standing) == standing).order_by(col(Milestone.id))
        return str(session.scalars(query.limit(1)).one())


def part_of(app: FastAPI, key: str) -> MilestonePart:
    with read_session(app.state.engine) as session:
        return milestone_parts(session, plan_context(session, session.get_one(Plan, id_of_plan(app))), [key])[key]


def fields_of(values: MilestoneValues) -> dict[str, Any]:
    """Return what a browser sends of a form as it was opened."""
    rows = {f"targets-{at}-{name}": text for at, row in enumerate(values.targets) for name, text in row.items()}
    boxes = {"due_by_hand", "all_indicators"}
    text = {name: text for name, text in values.text.items() if text or name not in boxes}
    return {**text, **rows, "needs": sorted(values.needs)}


def opened(app: FastAPI, key: str) -> dict[str, Any]:
    part = part_of(app, key)
    with read_session(app.state.engine) as session:
        values = stored_values(part, session.get_one(Plan, id_of_plan(app)))
    return {**fields_of(values), "fingerprint": fingerprint_of(part), "reason": "原录入有误"}


def problems(html: str) -> dict[str, str]:
    return dict(re.findall(r'<p class="problem"[^>]*id="([\w-]+)-problem">\s*([^<]*?)\s*</p>', html))


def test_opening_and_saving_any_milestone_of_the_five_plans_changes_nothing(app: FastAPI) -> None:
    with read_session(app.state.engine) as session:
        for plan in session.scalars(sa.select(Plan)).all():
            context = plan_context(session, plan)
            for key, part in milestone_parts(session, context).items():
                fields = fields_of(stored_values(part, plan))
                pairs = [(name, text) for name, text in fields.items() if name != "needs"]
                form = Form(FormData([*pairs, *[("needs", name) for name in fields["needs"]]]))
                read = read_milestone(form, context, part)
                assert (key, form.problems) == (key, {})
                assert read == part
                assert differences(session, context, {(ChangeSubject.MILESTONE, key): read}) == []


def test_a_new_milestone_is_entered_and_shown(app: FastAPI, client: Enter) -> None:
    office, plan_id = client(), id_of_plan(app)
    targets = {"targets-0-indicator": "G5", "targets-0-comparator": "<=", "targets-0-value": "45", "targets-3-note": ""}
    answer = office.post(f"/plans/{plan_id}/milestones", data={**NEW, **targets, "responsible_more": "市住建局"})
    assert answer.status_code == 303, problems(answer.text)
    part = part_of(app, "bzxyaqtz")
    assert answer.headers["location"] == f"/milestones/{id_of(app, part.key)}?done=created"
    assert part.due is not None
    assert (str(part.due.on), part.due.phrase, part.due.precision) == ("2027-06-30", "2027年6月底前", "month")
    assert (part.responsible, part.supporting) == (("市教育局", "市财政局", "市住建局"), ("各县区人民政府",))
    assert [(target.indicator, target.comparator, target.value) for target in part.targets] == [
        ("G5", Comparator.AT_MOST, Decimal(45))
    ]
    page = office.get(answer.headers["location"])
    assert f'href="/milestones/{id_of(app, part.key)}/edit"' in page.text
    assert faults(page.text) == []


def test_a_recurring_phrase_makes_a_milestone_for_every_year_and_the_ledger_shows_them(
    app: FastAPI, client: Enter
) -> None:
    office = client()
    answer = office.post(f"/plans/{id_of_plan(app)}/milestones", data={**NEW, "due_phrase": "每年9月", "key": "books"})
    assert answer.status_code == 303, problems(answer.text)
    years = [year for year in range(2025, 2031) if part_of(app, f"books-{year}").series == "books"]
    assert years == list(range(2025, 2031))
    ledger = office.get(answer.headers["location"]).text
    assert ledger.count("编制校园安全台账（20") == 6
    assert 'role="status"' in ledger


def test_every_wrong_field_is_named_at_once_and_what_was_typed_stays(app: FastAPI, client: Enter) -> None:
    wrong = {
        **NEW,
        "title": "",
        "kind": "wish",
        "due_phrase": "不久以后",
        "responsible": "市教育局，没有的局",
        "key": "Größe",
        "start_on": "soon",
        "targets-2-indicator": "ZZ",
        "targets-2-value": "many",
        "targets-7-indicator": "G5",
        "targets-7-value": "",
        "targets-7-comparator": "~",
        "governed_by": "nothing",
    }
    answer = client().post(f"/plans/{id_of_plan(app)}/milestones", data=wrong)
    assert answer.status_code == 422
    found = problems(answer.text)
    rows = {"targets-0-indicator", "targets-0-value", "targets-1-value", "targets-1-comparator"}
    assert set(found) == rows | {"title", "kind", "due_phrase", "responsible", "key", "start_on", "governed_by"}
    assert "没有的局" in found["responsible"]
    for typed in ("不久以后", "市教育局，没有的局", "Größe", 'value="many"', 'value="ZZ"', "三(九)1"):
        assert typed in answer.text
    assert faults(answer.text) == []


def test_more_rows_keep_what_is_typed_and_save_nothing(app: FastAPI, client: Enter) -> None:
    office, key = client(), "add-places"
    typed = {**opened(app, key), "title": "尚未写完", "more": "1", "targets-1-remove": "1"}
    answer = office.post(f"/milestones/{id_of(app, key)}/edit", data=typed)
    assert answer.status_code == 200
    assert answer.text.count('class="target-row"') == 2 + 5
    assert "尚未写完" in answer.text
    assert part_of(app, key).title != "尚未写完"
    empty = office.post(f"/plans/{id_of_plan(app)}/milestones", data={"more": "1"})
    assert (empty.status_code, faults(empty.text)) == (200, [])


def test_a_correction_is_saved_with_its_reason(app: FastAPI, client: Enter) -> None:
    office, key = client(), "add-places"
    address = f"/milestones/{id_of(app, key)}"
    page = office.get(f"{address}/edit").text
    assert f'href="/plans/{id_of_plan(app)}/amendments/new"' in page
    assert "2026-12-31" in page  # the other reading of 2026年前
    assert faults(page) == []
    typed = {**opened(app, key), "clause": "三(一)1", "targets-0-remove": "1"}
    assert set(problems(office.post(f"{address}/edit", data={**typed, "reason": ""}).text)) == {"reason"}
    answer = office.post(f"{address}/edit", data=typed)
    assert answer.headers["location"] == f"{address}?done=edited", problems(answer.text)
    assert part_of(app, key).clause == "三(一)1"
    assert len(part_of(app, key).targets) == 2
    same = office.post(f"{address}/edit", data=opened(app, key))
    assert same.headers["location"] == f"{address}?done=same"
    assert faults(office.get(same.headers["location"]).text) == []


def test_the_other_reading_of_a_phrase_is_chosen_in_the_form(app: FastAPI, client: Enter) -> None:
    key = "add-places"
    typed = {**opened(app, key), "due_phrase_other": "1"}
    assert client().post(f"/milestones/{id_of(app, key)}/edit", data=typed).status_code == 303
    due = part_of(app, key).due
    assert due is not None
    assert (str(due.on), str(due.alternative_on)) == ("2026-12-31", "2025-12-31")


def test_a_date_set_by_hand_says_why_and_keeps_the_phrase(app: FastAPI, client: Enter) -> None:
    office, address = client(), f"/plans/{id_of_plan(app)}/milestones"
    typed = {**NEW, "key": "soon", "due_phrase": "不久以后", "due_by_hand": "1"}
    answer = office.post(address, data=typed)
    assert set(problems(answer.text)) == {"due_on", "due_precision"}
    typed |= {"due_on": "2027-03-01", "due_precision": "day"}
    assert set(problems(office.post(address, data=typed).text)) == {"note"}
    assert set(problems(office.post(address, data={**typed, "note": "x", "due_on": "9999-12-31"}).text)) == {"due_on"}
    assert office.post(address, data={**typed, "note": "原文未定日期，由办公室商定"}).status_code == 303
    due = part_of(app, "soon").due
    assert due is not None
    assert (due.phrase, str(due.on)) == ("不久以后", "2027-03-01")


def test_one_occurrence_is_edited_by_hand_and_not_turned_into_a_duty(app: FastAPI, client: Enter) -> None:
    office, key = client(), "teacher-training-2027"
    address = f"/milestones/{id_of(app, key)}/edit"
    typed = opened(app, key)
    assert typed["due_by_hand"] == "1"
    assert office.post(address, data={**typed, "due_on": "2027-11-30", "note": "经商定提前"}).status_code == 303
    assert str(part_of(app, key).start_on) == "2027-01-01"
    recurring = {**opened(app, key), "due_by_hand": ""}
    assert set(problems(office.post(address, data=recurring).text)) == {"due_phrase"}


def test_who_was_overtaken_sees_what_changed_and_may_save_over_it(app: FastAPI, client: Enter) -> None:
    office, key = client(), "add-places"
    address = f"/milestones/{id_of(app, key)}/edit"
    mine = {**opened(app, key), "note": "我的备注"}
    with write_session(app.state.engine) as session:
        context = plan_context(session, session.get_one(Plan, id_of_plan(app)))
        part = milestone_parts(session, context, [key])[key]
        save_part(
            session,
            Actor(None, "另一人", Role.OFFICE, Scope(context.plan_id)),
            context,
            ChangeSubject.MILESTONE,
            key,
            part.model_copy(update={"clause": "三(一)8"}),
            reason="另一处更正",
            fingerprint=fingerprint_of(part),
            now=NOW,
        )
    answer = office.post(address, data=mine)
    assert answer.status_code == 422
    assert "三(一)8" in answer.text
    assert "我的备注" in answer.text
    assert faults(answer.text) == []
    assert part_of(app, key).note != "我的备注"
    again = re.search(r'name="fingerprint" value="(\w+)"', answer.text)
    assert again is not None
    assert office.post(address, data={**mine, "fingerprint": again[1]}).status_code == 303
    assert (part_of(app, key).note, part_of(app, key).clause) == ("我的备注", mine["clause"])


def test_a_milestone_is_removed_with_a_reason(app: FastAPI, client: Enter) -> None:
    office, key = client(), key_of_one(app, Standing.PLANNED)  # nothing is expected of it yet
    milestone_id = id_of(app, key)
    form = {"fingerprint": opened(app, key)["fingerprint"]}
    answer = office.post(f"/milestones/{milestone_id}/remove", data=form)
    assert (answer.status_code, set(problems(answer.text))) == (422, {"remove-reason"})
    assert faults(answer.text) == []
    answer = office.post(f"/milestones/{milestone_id}/remove", data={**form, "reason": "文件中没有"})
    assert answer.headers["location"] == f"/milestones?plan={PLAN}&done=removed"
    assert office.get(f"/milestones/{milestone_id}").status_code == 404


def test_a_milestone_that_was_reported_on_or_should_have_been_stays_as_withdrawn(app: FastAPI, client: Enter) -> None:
    office, key = client(), "add-places"
    form = {"fingerprint": opened(app, key)["fingerprint"], "reason": "文件中没有"}
    answer = office.post(f"/milestones/{id_of(app, key)}/remove", data=form)
    assert answer.headers["location"] == f"/milestones/{id_of(app, key)}?done=removed"
    assert "已调整" in office.get(f"/milestones/{id_of(app, key)}").text


def test_a_milestone_reported_on_stays_as_withdrawn_and_is_not_edited(app: FastAPI, client: Enter) -> None:
    office, milestone_id = client(), overdue_milestone(app)
    report = {"reported_on": "2026-11-20", "share_pct": "40", "summary": "进展"}
    assert office.post(f"/milestones/{milestone_id}/reports", data=report).status_code == 303
    seen = re.search(r'name="fingerprint" value="(\w+)"', office.get(f"/milestones/{milestone_id}/edit").text)
    assert seen is not None
    removal = {"fingerprint": seen[1], "reason": "文件中没有"}
    answer = office.post(f"/milestones/{milestone_id}/remove", data=removal)
    assert answer.headers["location"] == f"/milestones/{milestone_id}?done=removed"
    page = office.get(answer.headers["location"])
    assert page.status_code == 200
    assert f'href="/milestones/{milestone_id}/edit"' not in page.text
    assert office.get(f"/milestones/{milestone_id}/edit").status_code == 409
    with read_session(app.state.engine) as session:
        assert session.get_one(MilestoneStanding, milestone_id).standing is Standing.WITHDRAWN


def test_only_the_plans_own_office_reaches_the_form(app: FastAPI, client: Enter) -> None:
    milestone_id, plan_id = id_of(app, "add-places"), id_of_plan(app)
    addresses = [f"/plans/{plan_id}/milestones/new", f"/milestones/{milestone_id}/edit"]
    writes = [f"/plans/{plan_id}/milestones", f"/milestones/{milestone_id}/edit", f"/milestones/{milestone_id}/remove"]
    stranger = client(Role.OFFICE, "shizhu-2021")
    assert {stranger.get(address).status_code for address in addresses} == {404}
    assert {stranger.post(address, data=NEW).status_code for address in writes} == {404}
    assert stranger.post(writes[0], data={}).status_code == 404
    for role in set(Role) - {Role.OFFICE}:
        browser = client(role)
        assert {browser.get(address).status_code for address in addresses} == {403}
        assert {browser.post(address, data=NEW).status_code for address in writes} == {403}
        for page in (f"/milestones/{milestone_id}", f"/milestones?plan={PLAN}", f"/plans/{PLAN}"):
            assert "/edit" not in (text := flat(browser.get(page).text))
            assert "/milestones/new" not in text


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_are_refused_or_kept_as_words(app: FastAPI, word: str) -> None:
    office = signed_in(app, Role.OFFICE, raise_server_exceptions=False)
    plan_id, key = id_of_plan(app), "add-places"
    row = {f"targets-0-{name}": word for name in ("indicator", "value", "comparator", "stage", "unit", "baseline")}
    fields = {**opened(app, key), "needs": word, **row}
    names = [name for name in {**fields, **NEW, "note": "", "detail": "", "due_by_hand": ""} if name != "fingerprint"]
    address = f"/plans/{plan_id}/milestones"
    for name in names[HOSTILE.index(word) % 3 :: 3]:  # each field meets a third of the words, each word a third of them
        base = {**NEW, "key": f"k-{name.lower().replace('_', '-')}"}
        answer = office.post(address, data={**base, name: word})
        assert answer.status_code in (303, 422), name
        assert "<script>alert(1)" not in answer.text
    edited = office.post(f"/milestones/{id_of(app, key)}/edit", data={**dict.fromkeys(fields, word)})
    assert edited.status_code == 422
    assert faults(edited.text) == []
    answer = office.post(address, data=dict.fromkeys(names, word))
    assert answer.status_code == 422
    answer = office.post(f"/milestones/{id_of(app, key)}/remove", data={"reason": word, "fingerprint": word})
    assert answer.status_code == 422
