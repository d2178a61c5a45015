"""What every page and the whole tree promise: strict HTML, complete translations, few statements, nothing unused."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po
from fastapi import FastAPI
from messages import CATALOGUE, extracted
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.domain.access import PUBLIC, may
from app.domain.vocabulary import Role
from tests.support.busy import sample_values
from tests.support.facts import counted
from tests.support.strict_html import faults
from tests.support.web import anonymous, routes_of, signed_in

ROOT = Path(__file__).resolve().parents[2]
MOST_STATEMENTS = 15  # one of them counts what is unread in the inbox
NOWHERE = "/nowhere"
# A fixed number each: everything about one milestone on one page, or every name of the plan that a form checks.
MORE_STATEMENTS = {
    "/compare": 28,
    "/alerts/{alert_id}": 20,  # with its proof of delivery, and the mark that it was opened
    "/": 16,
    "/early-warning": 17,  # the facts of the rows shown are gathered for the drawing
    "/milestones/{milestone_id}": 40,
    "/plans/{slug}": 18,
    "/plans/{slug}/charts": 20,  # eight quarters' ends, between revisions of the plan
    "/plans/{slug}/ladder/preview": 24,
    "/reviews/{report_id}": 20,
    "/projects/{project_id}": 22,
    "/projects/{project_id}/edit": 24,
    "/milestones/{milestone_id}/edit": 40,
    "/plans/{plan_id}/milestones/new": 18,
    "/plans/{plan_id}/versions/{number}": 33,
    "/amendments/{draft_id}": 24,
    "/amendments/{draft_id}/milestone": 30,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
NOT_PAGES = (
    "/api/",
    "/healthz",
    "/readyz",
    "/evidence/{evidence_id} ",  # the file itself, not the page about it
    "/evidence/{evidence_id}/pages/",
    "/evidence/{evidence_id}/thumbnail",
    "/printouts/{",
    "/documents/{document_id}/draft.",
    "/documents/{document_id}/files/",
    "/documents/{document_id}/scans/",
    "/documents/{document_id}/next-number",
    "/plans/{plan_id}/document-numbers/rows.csv",
    "/print-jobs/{job_id}/file",
    "/cases/{case_id}/dossiers/{number}/file",
    "/audit/entries.",
    "/compare/rows.",
    "/early-warning/list.",
    "/hand-delivery/list.",
    "/hand-delivery/slips.",
    "/hand-delivery/receipts/",
    "/periods/{period_id}/missing.",
    "/cases/rows.",
    "/case-statistics/rows.",
    "/plans/{plan_id}/file",
    "/plans/{plan_id}/imports/template",
    "/imports/{import_id}/file",
    "/my-reports/workbook ",
)


class Page(NamedTuple):
    """A page as somebody saw it who may, and how many statements it took."""

    url: str
    kind: str
    text: str
    statements: int


def visited(app: FastAPI, language: str) -> Iterator[Page]:
    """Open every page as the first who may and finds something there."""
    for url, readers in pages(app, language):
        for browser in readers:
            with counted(app.state.engine) as statements:
                answer = browser.get(url)
            if answer.status_code == 200 or url == NOWHERE:
                yield Page(url, answer.headers["content-type"], answer.text, len(statements))
                break
        else:
            pytest.fail(f"nobody can open {url}")


@pytest.fixture(scope="module")
def chinese(busy: FastAPI) -> list[Page]:
    """Every page in Chinese."""
    return list(visited(busy, "zh-CN"))


@pytest.fixture(scope="module")
def english(busy: FastAPI) -> list[Page]:
    """Every page in English."""
    return list(visited(busy, "en"))


def pages(app: FastAPI, language: str) -> Iterator[tuple[str, list[TestClient]]]:
    """Yield every page with the browsers that may open it."""
    values = sample_values(app)
    browsers = {role: signed_in(app, role, language=language) for role in Role}
    builders = signed_in(app, Role.OFFICE, "shizhu-2021", language=language)  # the plan whose projects are on record
    yield "/sign-in", [anonymous(app, language=language)]
    yield NOWHERE, [browsers[Role.OFFICE]]
    yield NOWHERE, [anonymous(app, language=language)]
    for route in routes_of(app):
        if "GET" not in route.methods or f"{route.path} ".startswith(NOT_PAGES) or route.action in PUBLIC:
            continue
        readers = [browsers[role] for role in Role if may(role, route.action)]
        readers += [builders] if may(Role.OFFICE, route.action) else []
        yield route.path.format(**values), readers


@pytest.mark.parametrize(("language", "seen"), [("zh-CN", "chinese"), ("en", "english")])
def test_every_page_is_strict_html_with_one_heading_and_labelled_fields(
    request: pytest.FixtureRequest, language: str, seen: str
) -> None:
    wrong = {}
    for url, kind, text, _ in request.getfixturevalue(seen):
        assert kind.startswith("text/html"), url
        if found := faults(text):
            wrong[url] = found
        assert f'<html lang="{language}">' in text, url
    assert wrong == {}


@pytest.mark.parametrize("role", list(Role))
def test_the_milestone_page_keeps_its_promises_for_every_role(busy: FastAPI, role: Role) -> None:
    url = f"/milestones/{sample_values(busy)['milestone_id']}"
    answer = signed_in(busy, role).get(url)
    assert answer.status_code == 200 or role is Role.UNIT  # not every milestone names its unit
    assert faults(answer.text) == []


def test_every_page_asks_the_database_few_times(busy: FastAPI, chinese: list[Page]) -> None:
    counts = {page.url: page.statements for page in chinese}
    values = sample_values(busy)
    most = {path.format(**values): count for path, count in MORE_STATEMENTS.items()}
    assert {url: count for url, count in counts.items() if count > most.get(url, MOST_STATEMENTS)} == {}
    assert len(counts) > 10


def test_every_link_of_the_menu_leads_to_a_page(busy: FastAPI) -> None:
    for role in Role:
        browser = signed_in(busy, role)
        menu = re.search(r"<nav.*?</nav>", browser.get("/milestones").text, re.DOTALL)
        assert menu
        links = re.findall(r'href="([^"]+)"', menu.group())
        assert {link: status for link in links if (status := browser.get(link).status_code) != 200} == {}, role


def test_every_sentence_is_translated_and_keeps_its_placeholders() -> None:
    with CATALOGUE.open("rb") as handle:
        catalogue = read_po(handle, locale="zh_CN")
    wrong = []
    for message in extracted():
        if not message.id:
            continue
        plain = message.id if isinstance(message.id, str) else message.id[-1]
        found = catalogue.get(message.id if isinstance(message.id, str) else message.id[0])
        string = found.string if found is not None else None
        strings = (string,) if isinstance(string, str) else tuple(string or ())
        if not strings or not all(strings):
            wrong.append(f"untranslated: {plain}")
        elif found is not None and found.fuzzy:
            wrong.append(f"fuzzy: {plain}")
        elif any(set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(plain)) for text in strings):
            wrong.append(f"placeholders differ: {plain}")
        elif any("%" in PLACEHOLDER.sub("", text).replace("%%", "") for text in strings):
            wrong.append(f"a per cent sign is written %%: {plain}")
    assert wrong == []


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()
    names = [f"JUNHENG_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in readme] == []


def test_templates_use_only_icons_of_the_sprite() -> None:
    lines = (ROOT / "app" / "static" / "icons.txt").read_text().splitlines()
    known = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    used = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'(?:\bicon\(|\bentry\("[^"]*", )"([\w-]+)"', template.read_text())
    }
    assert used - known == set()


def test_every_template_is_rendered_or_included_by_one_that_is() -> None:
    folder = ROOT / "templates"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    reached = {word for path in (ROOT / "app").rglob("*.py") for word in _strings(path)} & names
    waiting = list(reached)
    while waiting:
        text = (folder / waiting.pop()).read_text()
        inner = set(re.findall(r'{%-? *(?:extends|include|from|import) "([^"]+)"', text)) - reached
        reached |= inner
        waiting += inner
    assert names - reached == set()
    assert reached <= names


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
