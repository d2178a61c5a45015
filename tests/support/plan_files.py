"""An invented plan (试验州, no real place) that every check passes, and ways to put one thing wrong in it."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from app.core.files import project_dir
from app.services.plan_files import IndicatorPart, PlanFile, read_standard
from app.services.plan_findings import PlanFinding
from app.services.plan_warnings import plan_warnings

SCHOOL: dict[str, Any] = {
    "key": "north-school",
    "no": 1,
    "name": "北城小学新建工程",
    "aliases": ["北城小学"],
    "clause": "三(二)",
    "place": "甲县",
    "nature": "new",
    "stage": "primary",
    "start_year": 2025,
    "end_year": 2027,
    "investment_wan": 3000,
    "grade_classes": 6,
    "grades": 6,
    "classes": 36,
    "places": 1620,
    "floor_m2": 9000,
    "floors": [{"name": "教学楼", "area_m2": 8000}, {"name": "食堂", "area_m2": 1000}],
    "phases": [
        {"name": "一期", "start_year": 2025, "end_year": 2026, "classes": 24, "places": 1080},
        {"name": "二期", "start_year": 2026, "end_year": 2027, "classes": 12, "places": 540},
    ],
    "budget": [
        {"year": 2025, "source": "province", "amount_wan": 1000},
        {"year": 2026, "source": "county", "amount_wan": 2000},
    ],
}
INVENTED: dict[str, Any] = {
    "slug": "shiyan-2025",
    "title": "试验州优质均衡方案（虚构）",
    "short_title": "试验方案",
    "issuer": "试验州人民政府",
    "issued_on": "2025-03-01",
    "period_start": "2025-01-01",
    "period_end": "2030-12-31",
    "area": "试验州",
    "leading_group": "试验州领导小组",
    "office": "试验州教育局",
    "places": [
        {"name": "试验州", "kind": "prefecture"},
        {"name": "甲县", "kind": "county", "parent": "试验州"},
        {"name": "乙县", "kind": "county", "parent": "试验州"},
    ],
    "organizations": [
        {"name": "试验州教育局", "short_name": "州教育局", "kind": "department", "place": "试验州"},
        {"name": "甲县人民政府", "short_name": "甲县政府", "kind": "government", "place": "甲县"},
        {"name": "乙县人民政府", "short_name": "乙县政府", "kind": "government", "place": "乙县"},
    ],
    "groups": [{"name": "各县人民政府", "members": ["甲县政府", "乙县政府"]}],
    "stages": [
        {"key": "first", "name": "第一阶段", "clause": "二", "start_on": "2025-03-01", "end_on": "2027-12-31"},
    ],
    "indicators": [{"code": "SY-PLACES", "name": "新增学位", "clause": "三(一)"}],
    "overrides": [{"indicator": "Q1", "clause": "二", "comparator": ">=", "value": 96, "unit": "%"}],
    "projects": [SCHOOL],
    "milestones": [
        {
            "key": "recognition-jia",
            "kind": "recognition",
            "title": "甲县通过认定",
            "clause": "二",
            "place": "甲县",
            "due": {"phrase": "2028年", "on": "2028-12-31", "precision": "year"},
            "responsible": ["甲县政府"],
            "all_indicators": True,
        },
        {
            "key": "places-2028",
            "kind": "quantity",
            "title": "新增学位2700个",
            "clause": "三(一)",
            "place": "试验州",
            "stage": "first",
            "due": {"phrase": "2028年", "on": "2028-12-31", "precision": "year"},
            "responsible": ["州教育局", "各县人民政府"],
            "needs": ["north-school"],
            "targets": [
                {"indicator": "SY-PLACES", "comparator": ">=", "value": 2700, "unit": "个"},
                {"indicator": "SY-PLACES", "stage": "primary", "comparator": ">=", "value": 1500, "unit": "个"},
                {"indicator": "SY-PLACES", "stage": "junior", "comparator": ">=", "value": 1200, "unit": "个"},
            ],
        },
        {
            "key": "north-school-done",
            "kind": "project_completion",
            "title": "建成北城小学",
            "clause": "三(二)",
            "place": "甲县",
            "project": "north-school",
            "due": {"phrase": "2027年底前", "on": "2027-12-31", "precision": "year"},
            "responsible": ["甲县政府"],
        },
        {
            "key": "rotation",
            "kind": "duty",
            "title": "教师交流",
            "clause": "四(一)",
            "place": "试验州",
            "repeat": {"phrase": "每年9月", "years": [2025, 2026, 2027], "due": "09-30", "precision": "recurring"},
            "responsible": ["各县人民政府"],
            "targets": [{"indicator": "G11", "comparator": ">=", "value": 10, "unit": "%"}],
        },
    ],
    "ladder": [{"key": "urging", "offset_days": 1, "measure": "urging"}],
}

Change = tuple[Sequence[str | int], Any]


def changed(*changes: Change) -> dict[str, Any]:
    """Return the invented plan with some entries set; None takes an entry out, an index past the end appends."""
    plan = deepcopy(INVENTED)
    for way, value in changes:
        part: Any = plan
        for step in way[:-1]:
            part = part[step]
        last = way[-1]
        if isinstance(part, list) and isinstance(last, int) and last == len(part):
            part.append(value)
        elif value is None:
            del part[last]
        else:
            part[last] = value
    return plan


def plan_of(*changes: Change) -> PlanFile:
    """Return the invented plan with these changes as parsed data."""
    return PlanFile.model_validate(changed(*changes))


def written(path: Path, plan: dict[str, Any]) -> Path:
    """Write a plan as YAML and return its path."""
    path.write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def national() -> tuple[IndicatorPart, ...]:
    """Return the indicators of the national standard."""
    return read_standard(project_dir("seeds") / "standards" / "national.yaml").indicators


def warned(file: PlanFile) -> list[PlanFinding]:
    """Return the warnings about a plan that follows the national standard."""
    return plan_warnings(file, national())
