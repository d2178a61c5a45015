"""Due phrases in forms: what is shown while typing and on the page, and what other services make of a phrase."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.domain.due_phrase_words import DuePhraseProblem, DueProblemKind
from app.domain.vocabulary import Precision, Role
from app.services.due_phrases import due_part, problem_message, start_named
from app.services.errors import InputError
from app.services.plan_files import DuePart, RepeatPart
from tests.support.facts import day
from tests.support.strict_html import faults
from tests.support.web import flat

PLAN: dict[str, Any] = {
    "issued_on": date(2025, 5, 11),
    "period_start": date(2025, 1, 1),
    "period_end": date(2030, 12, 31),
}
Client = Callable[..., TestClient]


def part_shown(browser: TestClient, phrase: str, **asked: str) -> str:
    query = urlencode({"field": "due_phrase", "due_phrase": phrase, **PLAN, **asked})
    answer = browser.get(f"/due-phrases?{query}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return flat(answer.text)


def test_the_reading_of_a_dated_phrase_shows_its_days_and_how_exact_it_is(client: Client) -> None:
    shown = part_shown(client(), "2025年9月至2026年8月")
    assert "2025年9月—2026年8月 · 精确到月" in shown
    assert "<dd>2025-09-01</dd>" in shown
    assert "<strong>2026-08-31</strong>" in shown


def test_the_reading_of_a_recurring_phrase_shows_its_days_and_counts_its_occurrences(client: Client) -> None:
    shown = part_shown(client(), "每年7、8月份")
    assert re.search(r"07-01\D+08-31", shown)
    assert "<strong>6次</strong>" in shown
    assert re.search(r"2025-08-31\D+2030-08-31", shown)


def test_a_phrase_with_two_readings_asks_which_one_applies(client: Client) -> None:
    browser = client()
    shown = part_shown(browser, "2026年前")
    choices = re.findall(r'<input [^>]*type="radio"[^>]*>', shown)
    assert ['value="1"' in item for item in choices] == [False, True]
    assert ["checked" in item for item in choices] == [True, False]
    assert all('name="due_phrase_other"' in item for item in choices)
    assert re.search(r"2025-12-31.*2026-12-31", shown)
    chosen = re.findall(r'<input [^>]*type="radio"[^>]*>', part_shown(browser, "2026年前", due_phrase_other="1"))
    assert ["checked" in item for item in chosen] == [False, True]


def test_a_yearly_phrase_with_two_readings_shows_both_days_of_the_year(client: Client) -> None:
    shown = part_shown(client(), "每年9月份前")
    assert re.search(r"<legend>.*08-31.*09-30", shown)


@pytest.mark.parametrize(
    ("phrase", "allowed"),
    [("2025年13月", "1 至 12"), ("2025年2月30日", "1 至 28"), ("定期", "每年"), ("每学期", "每年8月底前")],
)
def test_a_phrase_that_cannot_be_kept_says_what_is_allowed(client: Client, phrase: str, allowed: str) -> None:
    shown = part_shown(client(), phrase)
    assert 'class="problem"' in shown
    assert allowed in shown


def test_typed_markup_is_shown_as_text(client: Client) -> None:
    assert "<b>" not in part_shown(client(), "<b>2025</b>")


def test_nothing_typed_shows_nothing(client: Client) -> None:
    assert part_shown(client(), "  ") == ""


def test_days_that_are_none_are_named(client: Client) -> None:
    assert "2026-11-22" in part_shown(client(), "2025年", issued_on="soon")


def test_without_scripts_the_page_reads_a_phrase_and_keeps_what_was_typed(client: Client) -> None:
    browser = client(Role.LEADER)
    empty = browser.get("/due-phrases")
    assert faults(empty.text) == []
    assert 'value="2026-11-22"' in empty.text  # today stands in for the day of issue
    asked = browser.get("/due-phrases", params={"phrase": "三年", **PLAN})
    assert faults(asked.text) == []
    assert 'value="三年"' in asked.text
    assert re.search(r"2027-12-31.*2028-05-11", flat(asked.text))
    wrong = browser.get("/due-phrases", params={"phrase": "三年", "issued_on": "2025-02-30"})
    assert faults(wrong.text) == []
    assert 'id="issued_on-problem"' in wrong.text
    odd = browser.get("/due-phrases", params={"field": '"><script>', "phrase": "2025年"})
    assert "<strong>2025-12-31</strong>" in flat(odd.text)


def test_a_dated_phrase_becomes_a_due_part_with_the_words_as_typed() -> None:
    assert due_part(" 力争 2026年 ", **PLAN) == DuePart(
        phrase="力争2026年", on=day("2026-12-31"), precision=Precision.YEAR
    )
    both = due_part("2026年前", **PLAN)
    assert isinstance(both, DuePart)
    assert (both.on, both.alternative_on) == (day("2025-12-31"), day("2026-12-31"))
    other = due_part("2026年前", **PLAN, other_reading=True)
    assert isinstance(other, DuePart)
    assert (other.on, other.alternative_on) == (day("2026-12-31"), day("2025-12-31"))


def test_a_recurring_phrase_becomes_a_repeat_part_of_its_years() -> None:
    years = tuple(range(2025, 2031))
    assert due_part("每年9月份", **PLAN) == RepeatPart(
        phrase="每年9月份", years=years, start="09-01", due="09-30", precision=Precision.RECURRING
    )
    other = due_part("每年9月份前", **PLAN, other_reading=True)
    assert isinstance(other, RepeatPart)
    assert (other.start, other.due, other.alternative_due) == ("01-01", "09-30", "08-31")
    school_year = due_part("每学年", **PLAN)
    assert isinstance(school_year, RepeatPart)
    assert (school_year.years, school_year.start, school_year.due) == (years[1:], "09-01", "08-31")


def test_the_beginning_a_phrase_names_is_told_apart_from_its_due_day() -> None:
    assert start_named("2026—2030年", issued_on=PLAN["issued_on"]) == day("2026-01-01")
    assert start_named("2026年", issued_on=PLAN["issued_on"]) is None
    assert start_named("定期", issued_on=PLAN["issued_on"]) is None


@pytest.mark.parametrize(
    ("phrase", "other_reading", "words"),
    [
        ("", False, "write when it is due"),
        ("定期", False, "names no date"),
        ("2026年", True, "one reading only"),
        ("每学期", False, "2 times a year"),
        ("从2031年起", False, "never falls due in the plan's period, 2025-01-01 to 2030-12-31"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_the_field(phrase: str, other_reading: bool, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        due_part(phrase, **PLAN, other_reading=other_reading)
    assert list(refused.value.problems) == ["due_phrase"]


@pytest.mark.parametrize("kind", list(DueProblemKind))
def test_every_problem_has_a_sentence_of_its_own(kind: DueProblemKind) -> None:
    others = [problem_message(DuePhraseProblem(item, "x", 1, 2)) for item in DueProblemKind if item is not kind]
    assert problem_message(DuePhraseProblem(kind, "x", 1, 2)) not in others
