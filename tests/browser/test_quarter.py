"""A whole quarter in real browsers on the Luoyang plan: three units, an office, a leader and an inspector."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from app.core.clock import Clock, FixedClock
from app.core.settings import Settings
from app.domain.vocabulary import Role
from tests.support.facts import noon
from tests.support.web import NOW, PLAN, reopened, seeded_app, signed_in

pytestmark = pytest.mark.browser
LATE_UNIT, RETURNED_UNIT, CLOSING_UNIT = "新安县人民政府", "栾川县人民政府", "洛阳市教育局"
PDF = FilePayload(
    name="验收.pdf",
    mimeType="application/pdf",
    buffer=b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
)
SHOWN = re.compile(r"\S")


class People:
    """Everybody at a browser of their own, signed in, with the clock of the server at hand."""

    def __init__(self, browser: Browser, address: str, app: FastAPI, clock: FixedClock) -> None:
        self._browser, self._app, self.address, self.clock = browser, app, address, clock
        self.faults: list[str] = []
        self.contexts: list[BrowserContext] = []

    def enter(self, role: Role, organization: str | None = None) -> Page:
        """Return a page of somebody's own browser, in which script errors are noted and questions confirmed."""
        plan = PLAN if role in (Role.OFFICE, Role.UNIT) else None
        cookies = signed_in(self._app, role, plan, organization).cookies
        context = self._browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=self.address)
        context.add_cookies([{"name": name, "value": value, "url": self.address} for name, value in cookies.items()])
        self.contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        return page

    def at(self, day: str) -> None:
        """Let everybody's clock stand at noon of a day."""
        self.clock.instant = noon(day)


@pytest.fixture
def people(browser: Browser, tmp_path: Path, live_server: Callable[[Settings, Clock], str]) -> Iterator[People]:
    seeded_app(tmp_path).state.engine.dispose()
    clock = FixedClock(NOW)
    app = reopened(tmp_path)  # signs people in beside the server
    app.state.clock = clock
    found = People(browser, live_server(Settings(data_dir=tmp_path), clock), app, clock)
    yield found
    for context in found.contexts:
        context.close()
    app.state.engine.dispose()
    # The browser notes a refused form (422) or a stale one (409) as a failed request; nothing else may be there.
    assert [fault for fault in found.faults if "422" not in fault and "409" not in fault] == []


def milestone_of(page: Page, words: str) -> str:
    """Return the address of the milestone whose title holds the words."""
    page.goto(f"/milestones?q={words}")
    return str(page.locator("#ledger a[href^='/milestones/']").first.get_attribute("href"))


def owed(page: Page, words: str) -> str:
    """Return the address of the report that the unit owes on a milestone."""
    page.goto("/my-reports")
    row = page.get_by_role("row").filter(has_text=words).first
    return str(row.locator("a[href^='/my-reports/']").first.get_attribute("href"))


def submit(page: Page, **texts: str) -> None:
    """Fill in the report that is open and hand it in."""
    for name, words in texts.items():
        page.locator(f"[name='{name}']").fill(words)
    page.locator("button[name='then'][value='submit']").click()


def two_write_one_draft(people: People, unit: Page, report: str) -> None:
    other = people.enter(Role.UNIT, RETURNED_UNIT)
    unit.goto(report)
    other.goto(report)
    unit.locator("[name='summary']").fill("甲的说明（虚构）")
    unit.locator("button[name='then'][value='save']").click()
    expect(unit.get_by_role("status")).to_have_text(SHOWN)
    other.locator("[name='summary']").fill("乙的说明（虚构）")
    other.locator("button[name='then'][value='save']").click()
    expect(other.locator("[role=alert][data-focus]")).to_have_text(SHOWN)
    expect(other.locator("[name='summary']")).to_have_value("乙的说明（虚构）")
    expect(other.locator("main")).to_contain_text("甲的说明（虚构）")
    other.locator("button[name='then'][value='save']").click()
    expect(other.get_by_role("status")).to_have_text(SHOWN)


def a_report_is_returned_and_sent_again(unit: Page, office: Page, report: str) -> None:
    unit.goto(report)
    expect(unit.locator("[name='summary']")).to_have_value("乙的说明（虚构）")
    submit(unit, share_pct="20")
    expect(unit).to_have_url(re.compile("/my-reports"))
    office.goto("/reviews")
    office.locator("a[href^='/reviews/']").filter(has_text="栾川").first.click()
    office.locator("#answer [name='note']").fill("请补充分校数据（虚构）")
    office.locator("button[formaction*='/return']").click()
    unit.goto("/my-reports")
    expect(unit.locator("main")).to_contain_text("请补充分校数据（虚构）")
    unit.goto(report)
    submit(unit, share_pct="25", summary="已补充（虚构）")
    office.goto("/reviews")
    office.locator("a[href^='/reviews/']").filter(has_text="栾川").first.click()
    office.locator("button[formaction*='/accept']").click()
    expect(office.get_by_role("status").or_(office.locator("main .empty")).first).to_be_visible()


def an_extension_is_asked_for_and_decided(
    unit: Page, office: Page, leader: Page, milestone: str, *, late: bool, grant: bool
) -> None:
    unit.goto(milestone)
    asked = unit.locator("#extensions details").filter(has=unit.locator("[name='proposed_due_on']"))
    asked.locator("summary").click()
    asked.locator("[name='proposed_due_on']").fill("2027-06-30")
    asked.locator("[name='reason']").fill("汛期影响工期（虚构）")
    if late:
        asked.locator("[name='late_reason']").fill("机构调整期间未能提出（虚构）")
    asked.locator("button[type='submit']").click()
    expect(unit.locator("#extensions article")).to_have_count(1)
    office.goto(milestone)
    advice = office.locator("form[action$='/opinion']")
    advice.locator(f"[name='supports'][value='{'yes' if grant else 'no'}']").check()
    advice.locator("[name='text']").fill("经核实（虚构）")
    advice.locator("button[type='submit']").click()
    leader.goto(milestone)
    decision = leader.locator("form[action$='/decision']")
    decision.locator(f"[name='kind'][value='{'grant' if grant else 'refuse'}']").check()
    decision.locator("[name='document_number']").fill("洛教督函〔2026〕9号")
    decision.locator("[name='text']").fill("按程序办理（虚构）")
    decision.locator("button[type='submit']").click()
    leader.goto(milestone)
    expect(leader.locator("#extensions .timeline li")).to_have_count(2)


def a_claim_is_verified_and_closed(unit: Page, office: Page, leader: Page, milestone: str, title: str) -> None:
    unit.goto(owed(unit, title))
    unit.locator("[name='claims_completion']").check()
    unit.locator("input[type=file]").set_input_files(PDF)
    submit(unit, summary="规划已印发（虚构）", reached_on="2026-11-20", share_pct="100")
    expect(unit).to_have_url(re.compile("/my-reports"))
    office.goto(milestone)
    expect(office.locator(".title-row .standing").first).to_have_text(re.compile("待核验"))
    verification = office.locator("form[action$='/closing']")
    if not verification.count():
        leader.goto(milestone)
        waiver = leader.locator("details").filter(has=leader.locator("form[action$='/waiver']"))
        waiver.locator("summary").click()
        waiver.locator("[name='reason']").fill("指标由省级统一核定（虚构）")
        waiver.locator("button[type='submit']").click()
        office.goto(milestone)
    for name in ("facts_clear", "evidence_complete", "form_right"):
        verification.locator(f"[name='{name}']").check()
    verification.locator("[name='note']").fill("文件齐全，予以销号（虚构）")
    verification.locator("button[type='submit']").first.click()
    expect(office.locator(".title-row .standing").first).to_have_text(re.compile("已销号"))
    expect(office.locator("#closing")).to_contain_text("销号〔2026〕1号")


def a_unit_reports_late(people: People) -> None:
    people.at("2027-01-12")
    unit, office = people.enter(Role.UNIT, LATE_UNIT), people.enter(Role.OFFICE)
    unit.goto("/my-reports")
    unit.locator("form[action$='/no-change'] button").first.click()
    expect(unit.get_by_role("status")).to_have_text(SHOWN)
    office.goto("/periods")
    office.get_by_role("link", name="2026年第四季度").first.click()
    row = office.get_by_role("row").filter(has_text=LATE_UNIT)
    row.get_by_role("link").first.click()
    expect(office.locator("main .late").first).to_be_visible()


def what_was_closed_slides_back(people: People, milestone: str) -> None:
    people.at("2027-05-20")
    inspector = people.enter(Role.INSPECTOR)
    inspector.goto(milestone)
    recheck = inspector.locator("details").filter(has=inspector.locator("form[action$='/recheck']"))
    recheck.locator("summary").click()
    recheck.locator("[name='result'][value='failed']").check()
    recheck.locator("[name='note']").fill("规划未按期执行（虚构）")
    recheck.locator("button[type='submit']").click()
    expect(inspector.locator(".title-row .standing").first).to_have_text(re.compile("滑坡"))
    office = people.enter(Role.OFFICE)
    office.goto("/alerts")
    office.get_by_role("button", name="立即扫描").click()
    office.goto(milestone)
    expect(office.locator("main")).to_contain_text("认定滑坡（第1次）")
    expect(office.locator("#closing")).to_contain_text("销号〔2026〕1号")


def test_a_quarter_with_three_units_from_drafts_to_a_regression(people: People) -> None:
    office, leader = people.enter(Role.OFFICE), people.enter(Role.LEADER)
    county, bureau = people.enter(Role.UNIT, RETURNED_UNIT), people.enter(Role.UNIT, CLOSING_UNIT)
    recognition = milestone_of(office, "栾川县通过")
    planning = milestone_of(office, "学校建设计划")

    report = owed(county, "栾川县通过")
    two_write_one_draft(people, county, report)
    a_report_is_returned_and_sent_again(county, office, report)
    an_extension_is_asked_for_and_decided(county, office, leader, recognition, late=False, grant=False)
    expect(leader.locator("main")).to_contain_text("2026-12-31")

    an_extension_is_asked_for_and_decided(bureau, office, leader, planning, late=True, grant=True)
    expect(leader.locator(".title-row .standing").first).not_to_have_text(re.compile("逾期"))
    expect(leader.locator("main")).to_contain_text("2025-12-31")  # the original date is never lost

    a_claim_is_verified_and_closed(bureau, office, leader, planning, "学校建设计划")
    a_unit_reports_late(people)
    what_was_closed_slides_back(people, planning)
