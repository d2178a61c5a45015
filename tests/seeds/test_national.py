"""The national standard against tables typed from the annex of Jiyuan's plan: 31 indicators, recognition, vetoes."""

from collections import Counter
from pathlib import Path

import pytest

from app.domain.vocabulary import IndicatorGroup, ValueType
from app.services.plan_files import IndicatorPart, StandardFile, ThresholdPart, read_standard

SEEDS = Path(__file__).parents[2] / "seeds"

# code → thresholds; a yes/no indicator of the annex has none here
RESOURCE = {
    "R1": ["primary >= 4.2 人/百人", "junior >= 5.3 人/百人"],
    "R2": ["primary >= 1 人/百人", "junior >= 1 人/百人"],
    "R3": ["primary >= 0.9 人/百人", "junior >= 0.9 人/百人"],
    "R4": ["primary >= 4.5 平方米/生", "junior >= 5.8 平方米/生"],
    "R5": ["primary >= 7.5 平方米/生", "junior >= 10.2 平方米/生"],
    "R6": ["primary >= 2000 元/生", "junior >= 2500 元/生"],
    "R7": ["primary >= 2.3 间/百人", "junior >= 2.4 间/百人"],
}
GOVERNMENT = {
    "G3": ["primary >= 1 间/12班", "junior >= 1 间/12班"],
    "G3.1": ["primary >= 96 平方米", "junior >= 96 平方米"],
    "G3.2": ["primary >= 90 平方米", "junior >= 90 平方米"],
    "G4": ["primary <= 2000 人", "junior <= 2000 人", "nine_year <= 2500 人"],
    "G5": ["primary <= 45 人", "junior <= 50 人"],
    "G7": [">= 6000 元/生"],
    "G8": [">= 100 %"],
    "G9": [">= 100 %"],
    "G11": [">= 10 %"],
    "G11.1": [">= 20 %"],
    "G12": [">= 100 %"],
    "G13": ["primary >= 100 %", "junior >= 95 %"],
    "G14": [">= 50 %"],
    "G15": [">= 85 %"],
}
QUALITY = {
    "Q1": [">= 95 %"],
    "Q2": [">= 95 %"],
    "Q4": [">= 5 %"],
    "Q9": [">= 3 级"],
    "Q9.1": ["< 0.15"],
}
YES = ["G1", "G2.1", "G2.2", "G2.3", "G2.4", "G6", "G8.1", "G10", "G14.1", "G15.1", "Q3", "Q5", "Q6", "Q7", "Q8"]


@pytest.fixture(scope="module")
def standard() -> StandardFile:
    return read_standard(SEEDS / "standards" / "national.yaml")


@pytest.fixture(scope="module")
def indicators(standard: StandardFile) -> dict[str, IndicatorPart]:
    return {part.code: part for part in standard.indicators}


def _written(row: ThresholdPart) -> str:
    words = (row.stage.value if row.stage else "", row.comparator.value, str(row.value), row.unit)
    return " ".join(word for word in words if word)


def _numbers(standard: StandardFile, group: IndicatorGroup) -> dict[str, list[str]]:
    return {
        part.code: [_written(row) for row in part.thresholds]
        for part in standard.indicators
        if part.group is group and part.value_type is ValueType.NUMBER
    }


def test_the_three_groups_hold_31_indicators_with_a_recognition_and_seven_vetoes(standard: StandardFile) -> None:
    groups = {IndicatorGroup.RESOURCE: "R", IndicatorGroup.GOVERNMENT: "G", IndicatorGroup.QUALITY: "Q"}
    entries = {
        part.code.split(".")[0] for part in standard.indicators if part.group in groups and part.code != "R-SCHOOLS"
    }
    assert Counter(code[0] for code in entries) == {"R": 7, "G": 15, "Q": 9}
    assert all(part.code[0] == groups[part.group] for part in standard.indicators if part.group in groups)
    assert [part.code for part in standard.indicators if part.group is IndicatorGroup.RECOGNITION] == ["S1"]
    vetoes = [part for part in standard.indicators if part.group is IndicatorGroup.VETO]
    assert [part.code for part in vetoes] == [f"V{number}" for number in range(1, 8)]
    assert max(Counter(part.code for part in standard.indicators).values()) == 1


def test_each_figure_of_the_annex_is_a_threshold(standard: StandardFile) -> None:
    assert _numbers(standard, IndicatorGroup.RESOURCE) == {**RESOURCE, "R-SCHOOLS": [">= 100 %"]}
    assert _numbers(standard, IndicatorGroup.GOVERNMENT) == GOVERNMENT
    assert _numbers(standard, IndicatorGroup.QUALITY) == QUALITY
    assert _numbers(standard, IndicatorGroup.RECOGNITION) == {"S1": [">= 85 %"]}


def test_the_limits_between_schools_hold_for_each_resource_indicator(standard: StandardFile) -> None:
    limits = ["primary <= 0.5", "junior <= 0.45"]
    assert _numbers(standard, IndicatorGroup.RESOURCE_CV) == {f"{code}-CV": limits for code in RESOURCE}


def test_what_the_annex_asks_without_a_figure_is_yes_and_no_veto_may_apply(standard: StandardFile) -> None:
    asked = [part for part in standard.indicators if part.value_type is ValueType.BOOLEAN]
    assert [part.code for part in asked if part.group is not IndicatorGroup.VETO] == YES
    for part in asked:
        assert [_written(row) for row in part.thresholds] == ["== 0" if part.group is IndicatorGroup.VETO else "== 1"]


def test_every_indicator_names_its_entry_of_the_annex(indicators: dict[str, IndicatorPart]) -> None:
    headings = {"R": "资源配置", "G": "政府保障程度", "Q": "教育质量", "S": "社会认可度", "V": "一票否决"}
    for code, part in indicators.items():
        heading, number = headings[code[0]], code[1:].split(".")[0]
        whole = code.endswith(("-CV", "-SCHOOLS")) or code == "S1"
        # The four parts of G2 are the annex's own; other dotted codes split one entry's several demands.
        own_part = f"({code[-1]})" if code.startswith("G2.") else ""
        assert part.clause == (heading if whole else f"{heading}{number}{own_part}")
