"""Who answers for a unit on a day: the leader in charge before the head, one of each at a time."""

from datetime import date
from typing import Any

import pytest

from app.domain.postings import Held, ends_before, in_the_way, person_words, responsible
from app.domain.succession import Span
from app.domain.vocabulary import PostDuty
from tests.support.facts import day

HEAD, IN_CHARGE, CONTACT = PostDuty.HEAD, PostDuty.IN_CHARGE, PostDuty.CONTACT


def held(no: int, duty: PostDuty, from_on: str, to_on: str | None = None, **more: Any) -> Held:
    values: dict[str, Any] = {"person": f"某{no}", "post": "副县长", "organization_id": 1} | more
    return Held(id=no, duty=duty, from_on=day(from_on), to_on=day(to_on) if to_on else None, **values)


POSTS = (
    held(1, HEAD, "2024-01-01"),
    held(2, IN_CHARGE, "2025-03-01", "2026-05-31"),
    held(3, IN_CHARGE, "2026-07-01"),
    held(4, CONTACT, "2020-01-01"),
)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2023-12-31", None),  # a contact person answers for nothing
        ("2024-01-01", 1),
        ("2025-02-28", 1),
        ("2025-03-01", 2),
        ("2026-05-31", 2),
        ("2026-06-01", 1),  # nobody in charge: the head
        ("2026-07-01", 3),
        ("2030-01-01", 3),
    ],
)
def test_the_leader_in_charge_answers_and_between_two_of_them_the_head(on: str, expected: int | None) -> None:
    found = responsible(POSTS, day(on))
    assert (found.id if found else None) == expected


def test_where_records_overlap_whoever_came_last_answers() -> None:
    found = responsible((*POSTS, held(5, IN_CHARGE, "2026-07-15")), day("2026-08-01"))
    assert found is not None
    assert found.words == person_words("某5", "副县长") == "某5（副县长）"


@pytest.mark.parametrize(
    ("duty", "span", "expected"),
    [
        (IN_CHARGE, Span(day("2026-06-01"), day("2026-06-30")), []),
        (IN_CHARGE, Span(day("2026-05-31"), day("2026-06-30")), [2]),
        (IN_CHARGE, Span(day("2026-06-30"), None), [3]),
        (IN_CHARGE, Span(day("2025-01-01"), None), [2, 3]),
        (HEAD, Span(day("2020-01-01"), day("2023-12-31")), []),
        (HEAD, Span(day("2026-01-01"), day("2026-01-01")), [1]),
        (CONTACT, Span(day("2020-01-01"), None), []),
    ],
)
def test_a_duty_has_one_holder_at_a_time_but_contact_persons_may_be_many(
    duty: PostDuty, span: Span, expected: list[int]
) -> None:
    assert [post.id for post in in_the_way(POSTS, duty, span)] == expected


def test_who_came_first_ends_on_the_eve_of_the_successor() -> None:
    assert ends_before(POSTS[2], day("2026-09-01")) == date(2026, 8, 31)
    assert ends_before(POSTS[2], day("2026-07-01")) is None
    assert ends_before(POSTS[2], day("2026-06-01")) is None
