"""A plan of one's own in an afternoon: the same invented plan by the pages and by a workbook, and the same export."""

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from html5lib import parse
from playwright.sync_api import Page, expect
from sqlmodel import Session, col
from starlette.testclient import TestClient

from app.core.clock import Clock, FixedClock
from app.core.database import make_engine, read_session
from app.core.settings import Settings
from app.domain.imports import SheetSubject
from app.models import Plan
from app.queries.export_rows import Selection
from app.services import exports
from app.services.exports import ExportFormat, ExportKind
from app.services.import_fields import FIELDS, KINDS, NATURES, SCHOOL_STAGES, SOURCES
from tests.support import sixth_plan as sixth
from tests.support.web import NOW, PASSWORD, seeded_app, signed_in

OFFICE_NAME = "yunling-office"
OWN_PASSWORD = "yunling-office-2026"


def exported(engine_url: str) -> dict[ExportKind, Any]:
    """Return the plan's exports without the ids that each database gives."""
    engine = make_engine(engine_url)
    with read_session(engine) as session:
        plan_id = session.scalars(sa.select(col(Plan.id)).where(col(Plan.slug) == sixth.SLUG)).one()
        found = {kind: _records(session, kind, plan_id) for kind in (ExportKind.MILESTONES, ExportKind.PROJECTS)}
    engine.dispose()
    return found


def _records(session: Session, kind: ExportKind, plan_id: int | None) -> Any:
    stream = io.BytesIO()
    exports.export(session, kind, ExportFormat.JSON, stream, wanted=Selection(plan_id), on=None, now=NOW)
    return _without_ids(json.loads(stream.getvalue()))


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ids(item) for name, item in value.items() if name not in ("id", "milestones")}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the seeded database."""
    seeded_app(tmp_path).state.engine.dispose()
    return tmp_path


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button[type=submit]")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def save(page: Page) -> None:
    """Send the first form of the page that saves, and make sure that nothing was rejected."""
    page.locator("main form button.btn-primary[type=submit]").first.click()
    page.wait_for_load_state()
    assert page.locator(".problem").all_inner_texts() == []


def lay_ground(page: Page, address: str) -> None:
    """Enter the place, its units and the plan's head as the administrator."""
    page.goto(f"{address}/places/new")
    page.fill("#name", sixth.AREA)
    page.select_option("#kind", "county")
    save(page)
    for name, short, kind in sixth.UNITS:
        page.goto(f"{address}/organizations/new")
        page.fill("#name", name)
        page.fill("#short_name", short)
        page.select_option("#kind", kind)
        page.fill("#place", sixth.AREA)
        save(page)
    page.goto(f"{address}/plans/new")
    for name, value in sixth.HEAD.items():
        page.fill(f"#{name}", value)
    save(page)


def new_office(page: Page, address: str) -> str:
    """Create the office's account and return its one-time password."""
    page.goto(f"{address}/accounts/new")
    page.fill("#name", OFFICE_NAME)
    page.fill("#display_name", "云岭办（虚构）")
    page.select_option("#role", "office")
    page.select_option("#plan", label=sixth.HEAD["short_title"])
    save(page)
    return page.locator("code.one-time").inner_text()


def enter_project(page: Page) -> None:
    for name, value in sixth.PROJECT.items():
        field = page.locator(f"#{name}")
        if not field.is_visible():
            page.locator("details:not([open]) > summary").first.click()
        if field.evaluate("item => item.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    for row, (year, source, amount) in enumerate(sixth.BUDGET):
        if page.locator(f"#budget-{row}-year").count() == 0:
            page.click("button[name=more][value=budget]")
        page.fill(f"#budget-{row}-year", year)
        page.select_option(f"#budget-{row}-source", source)
        page.fill(f"#budget-{row}-amount_wan", amount)
    save(page)


def enter_milestone(page: Page, given: dict[str, Any]) -> None:
    page.fill("#title", given["title"])
    page.fill("#clause", given["clause"])
    page.select_option("#kind", given["kind"])
    for name in ("stage", "project"):
        if name in given:
            value = given[name]
            page.locator(f"#{name}").select_option(label=value) if name == "stage" else page.select_option(
                f"#{name}", value
            )
    page.fill("#due_phrase", given["due_phrase"])
    expect(page.locator("[aria-live] >> text=/202\\d/").first).to_be_visible()  # the reading, before anything is saved
    page.fill("#responsible", given["responsible"])
    page.fill("#supporting", given.get("supporting", ""))
    if given.get("all_indicators"):
        page.check("input[name=all_indicators]")
    for row, target in enumerate(given.get("targets", ())):
        _enter_target(page, row, target)
    if not page.locator("#key").is_visible():
        page.locator("details", has=page.locator("#key")).locator("summary").click()
    page.fill("#key", given["key"])
    save(page)


def _enter_target(page: Page, row: int, target: tuple[str, str, str, str, str]) -> None:
    indicator, stage, comparator, value, unit = target
    page.fill(f"[name=targets-{row}-indicator]", indicator)
    page.select_option(f"[name=targets-{row}-stage]", stage)
    page.select_option(f"[name=targets-{row}-comparator]", comparator)
    page.fill(f"[name=targets-{row}-value]", value)
    page.fill(f"[name=targets-{row}-unit]", unit)


def by_pages(page: Page, address: str) -> None:
    """Create the whole plan as the administrator and its office would."""
    sign_in(page, address, "administrator", PASSWORD)
    lay_ground(page, address)
    password = new_office(page, address)
    page.context.clear_cookies()
    sign_in(page, address, OFFICE_NAME, password)
    for name, value in (("old", password), ("password", OWN_PASSWORD), ("again", OWN_PASSWORD)):
        page.fill(f"#{name}", value)
    save(page)
    for stage in sixth.STAGES:
        page.goto(f"{address}/plans/{sixth.SLUG}/stages/new")
        for name, value in stage.items():
            page.fill(f"#{name}", value)
        save(page)
    page.goto(f"{address}/plans/{sixth.SLUG}/setup")
    plan_id = re.search(r"/plans/(\d+)/milestones/new", page.content())
    assert plan_id is not None
    page.goto(f"{address}/plans/{plan_id[1]}/projects/new")
    enter_project(page)
    for milestone in sixth.MILESTONES:
        page.goto(f"{address}/plans/{plan_id[1]}/milestones/new")
        enter_milestone(page, milestone)


def workbook(template: bytes) -> bytes:
    """Fill the empty workbook as an office would."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    stages = [{"key": f"stage-{number}", **stage} for number, stage in enumerate(sixth.STAGES, 1)]
    _fill(book["阶段"], SheetSubject.STAGE, stages)
    natures = {str(code): word for word, code in NATURES.items()}
    _fill(book["工程项目"], SheetSubject.PROJECT, [sixth.PROJECT | {"nature": natures[sixth.PROJECT["nature"]]}])
    sources = {str(code): word for word, code in SOURCES.items()}
    _fill(
        book["项目资金"],
        SheetSubject.BUDGET,
        [
            {"project": sixth.PROJECT["key"], "year": year, "source": sources[source], "amount_wan": amount}
            for year, source, amount in sixth.BUDGET
        ],
    )
    _fill(book["里程碑"], SheetSubject.MILESTONE, [row for item in sixth.MILESTONES for row in _rows(item)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rows(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kinds = {str(code): word for word, code in KINDS.items()}
    row = {name: value for name, value in given.items() if name not in ("targets", "all_indicators", "due_phrase")}
    row |= {"kind": kinds[given["kind"]], "due": given["due_phrase"]}
    if given.get("all_indicators"):
        row["all_indicators"] = "是"
    targets = [_target(*target) for target in given.get("targets", ())]
    yield row | (targets[0] if targets else {})
    yield from ({"key": given["key"], **target} for target in targets[1:])


def _target(indicator: str, stage: str, comparator: str, value: str, unit: str) -> dict[str, Any]:
    stages = {str(code): word for word, code in SCHOOL_STAGES.items()}
    signs = {"<=": "≤", ">=": "≥"}
    return {
        "indicator": indicator,
        "target_stage": stages.get(stage),
        "comparator": signs[comparator],
        "value": float(value),
        "unit": unit,
    }


def _fill(sheet: Any, subject: SheetSubject, rows: list[dict[str, Any]]) -> None:
    """Write rows under the headings of a sheet, which stand in the row that holds the first field's heading."""
    headings = {item.name: item.heading for item in FIELDS[subject]}
    for header in range(1, 11):
        found = {str(cell.value or "").replace("*", "").strip(): cell.column for cell in sheet[header]}
        if headings["key" if "key" in headings else "project"] in found:
            break
    for number, row in enumerate(rows, header + 1):
        for name, value in row.items():
            if value is not None:
                sheet.cell(number, found[headings[name]], value)


def by_workbook(folder: Path) -> None:
    """Enter the same ground by the same forms, and everything else by one workbook."""
    app = seeded_app(folder)
    app.state.engine.dispose()
    app = seeded_app(folder)
    try:
        root = signed_in(app, "administrator")
        _post(root, "/places", {"name": sixth.AREA, "kind": "county"})
        for name, short, kind in sixth.UNITS:
            _post(root, "/organizations", {"name": name, "short_name": short, "kind": kind, "place": sixth.AREA})
        blank = {name: value for name, value in _form_values(root.get("/plans/new").text).items()}
        _post(root, "/plans", blank | sixth.HEAD)
        _import(signed_in(app, "office", sixth.SLUG), app)
    finally:
        app.state.engine.dispose()


def _import(office: TestClient, app: Any) -> None:
    with read_session(app.state.engine) as session:
        plan_id = session.scalars(sa.select(col(Plan.id)).where(col(Plan.slug) == sixth.SLUG)).one()
    template = office.get(f"/plans/{plan_id}/imports/template").content
    answer = office.post(f"/plans/{plan_id}/imports", files={"file": ("云岭（虚构）.xlsx", workbook(template))})
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"].partition("?")[0]
    assert office.post(f"{place}/check", data=_form_values(office.get(f"{place}?columns=1").text)).status_code == 303
    _wait(office, place, f"{place}/write")
    assert office.post(f"{place}/write").status_code == 303
    _wait(office, place, f"{place}/undo")


def _wait(office: TestClient, place: str, sign: str) -> None:
    """Wait until the page of an import offers the next step."""
    until = time.monotonic() + 60
    while sign not in (text := office.get(place).text):
        assert time.monotonic() < until, text
        time.sleep(0.2)


def _post(browser: TestClient, address: str, data: dict[str, str]) -> None:
    answer = browser.post(address, data=data)
    assert answer.status_code == 303, answer.text


def _form_values(html: str) -> dict[str, str]:
    """Return what the form in a page would send as it stands."""
    found: dict[str, str] = {}
    for item in parse(html, namespaceHTMLElements=False).iter():
        name, kind = item.get("name"), item.get("type")
        if (
            item.tag not in ("input", "select")
            or not name
            or kind in ("submit", "file")
            or (kind in ("checkbox", "radio") and item.get("checked") is None)
        ):
            continue
        if item.tag == "select":
            options = list(item.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            found[name] = chosen[0].get("value", "") if chosen else ""
        else:
            found[name] = item.get("value", "")
    return found


@pytest.mark.browser
def test_a_plan_made_by_the_pages_and_one_made_by_a_workbook_export_the_same(
    page: Page, folder: Path, live_server: Callable[[Settings, Clock], str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    address = live_server(Settings(data_dir=folder), FixedClock(NOW))
    by_pages(page, address)
    other = tmp_path_factory.mktemp("by-workbook")
    by_workbook(other)
    made, imported = (exported(f"sqlite:///{place / 'junheng.db'}") for place in (folder, other))
    assert made == imported
    assert len(made[ExportKind.MILESTONES]) == 6
