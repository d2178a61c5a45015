"""Slips for notices carried by hand: one for a unit, all that goes to it on it, and the signatures never torn off."""

import io
from datetime import date
from typing import Any

import pdfplumber
import pytest

from app.printouts.slips import Slip, to_pdf
from tests.support.facts import noon


def slip(number: int, unit: str = "（虚构）甲县人民政府", **more: Any) -> Slip:
    given: dict[str, Any] = {
        "number": f"S-2026-{number:06d}",
        "office": "（虚构）领导小组办公室",
        "plan": "（虚构）实施方案",
        "unit": unit,
        "measure": "督办通知单",
        "about": f"第{number}项任务",
        "why": "截至2026年11月22日已逾期15天，未填报进展。",
        "reply_due_on": date(2026, 11, 27),
        "raised_on": date(2026, 11, 22),
    }
    return Slip(**given | more)


def pages(slips: list[Slip]) -> list[str]:
    with pdfplumber.open(io.BytesIO(to_pdf(slips, noon("2026-11-22")))) as document:
        return [(page.extract_text() or "").replace("\n", "") for page in document.pages]


def test_one_notice_is_one_page_with_everything_that_is_signed_for() -> None:
    (page,) = pages([slip(1, reply_due_on=None)])
    for words in (
        "送达回证",
        "S-2026-000001",
        "甲县人民政府",
        "督办通知单",
        "第1项任务",
        "不要求回复",
        "收件人签名或盖章",
    ):
        assert words in page


def test_the_notices_of_a_unit_stand_on_one_slip_and_another_unit_has_its_own() -> None:
    first, second = pages([slip(1), slip(3, "（虚构）乙县人民政府"), slip(2)])
    assert "S-2026-000001至S-2026-000002，共2件" in first
    assert "第1项任务" in first
    assert "第2项任务" in first
    assert "乙县" not in first
    assert "S-2026-000003" in second


@pytest.mark.parametrize("count", [14, 40])
def test_a_long_list_goes_on_over_pages_and_ends_with_the_signatures(count: int) -> None:
    found = pages([slip(number) for number in range(1, count + 1)])
    assert len(found) > 1
    assert "".join(found).count("收件人签名或盖章") == 1
    assert all(f"第{number}项任务" in "".join(found) for number in range(1, count + 1))
    assert all(words in found[-1] for words in ("收件人签名或盖章", "收到日期", "送达人签名"))
