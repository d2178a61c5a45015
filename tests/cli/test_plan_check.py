"""`junheng plan check` and `plan schema`: every fault with its line, refusals that say what to do, no database."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import cli
from app.core.files import project_dir
from app.services.plan_findings import ErrorKind
from app.services.plan_warning_kinds import WarningKind
from app.services.plan_yaml import MAX_BYTES
from tests.support.plan_files import INVENTED, changed, written

PLANS = sorted((project_dir("seeds") / "plans").glob("*.yaml"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The invented plan as a file in which nothing is wrong."""
    return written(tmp_path / "plan.yaml", INVENTED)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["plan", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def replaced(file: Path, old: str, new: str) -> int:
    """Change the first place where a text stands and return its line."""
    content = file.read_text(encoding="utf-8")
    before, found, after = content.partition(old)
    assert found, old
    file.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


def test_a_plan_that_fits_says_so(file, capsys):
    assert said(capsys, "check", str(file)) == (0, f"{file}: 0 errors, 0 warnings\n", "")


def test_warnings_alone_are_no_failure(file, capsys):
    line = replaced(file, "places: 1620", "places: 1600")
    code, out, _ = said(capsys, "check", str(file))
    first, second, summary = out.splitlines()
    assert code == 0
    assert first.startswith(f"{file}:{line}: warning places_mismatch: projects north-school: 1600 places, but ")
    assert "sum_mismatch" in second
    assert summary == f"{file}: 0 errors, 2 warnings"


# old text, new text, code, what the line must say after the code
FAULTS = [
    ("'2028-12-31'", "2028-13-31", "yaml", "plan: cannot be read as YAML (column 11): 2028-13-31 is not a day"),
    ("'2028-12-31'", "soon", "format", "milestones recognition-jia, due.on: soon is not a day; write it as 2025-12-31"),
    ("  kind: recognition", "  kind: wish", "format", "milestones recognition-jia, kind: wish is not one of 'recognit"),
    (
        "  kind: recognition",
        "  sort: x\n  kind: recognition",
        "format",
        "milestones recognition-jia, sort: is no field",
    ),
    ("places: 1620", "places: many", "format", "projects north-school, places: many is not a whole number"),
    ("investment_wan: 3000", "investment_wan: ['a']", "format", "projects north-school, investment_wan: ['a'] is not"),
    ("key: rotation", "key: Rotation!", "format", "milestones Rotation!, key: Rotation! does not fit the form ^"),
    ("title: 试验州优质均衡方案（虚构）", "title: 2025", "format", "title: 2025 is not text; put it in quotes"),
    ("area: 试验州", "area: 丙州", "unknown_name", "area, place 丙州: is not defined"),
    (
        "responsible:\n  - 甲县政府",
        "responsible: 甲县政府",
        "format",
        "milestones recognition-jia, responsible: is not a list; begin each entry with -",
    ),
    ("- 各县人民政府\n  needs", "- 丙局\n  needs", "unknown_name", "milestones places-2028, unit 丙局: is not defined"),
]


@pytest.mark.parametrize(("old", "new", "code", "sentence"), FAULTS)
def test_a_fault_is_named_with_its_line(file, capsys, old, new, code, sentence):
    line = replaced(file, old, new)
    result, out, _ = said(capsys, "check", str(file))
    assert result == 1
    assert f"{file}:{line}: error {code}: {sentence}" in out
    assert out.splitlines()[-1].startswith(f"{file}: 1 error, ")


def test_every_fault_of_form_is_named_at_once_in_the_order_of_the_lines(file, capsys):
    later = replaced(file, "kind: duty", "kind: wish")
    earlier = replaced(file, "nature: new", "nature: old")
    _, out, _ = said(capsys, "check", str(file))
    assert [row.split(":")[1] for row in out.splitlines()[:-1]] == [str(earlier), str(later)]


def test_what_is_missing_is_named_at_its_part(tmp_path, capsys):
    file = written(tmp_path / "plan.yaml", changed((("milestones", 2, "title"), None), (("issuer",), None)))
    _, out, _ = said(capsys, "check", str(file))
    rows = [row.split(": ", 1)[1] for row in out.splitlines()[:-1]]
    assert rows == ["error format: issuer: is missing", "error format: milestones north-school-done, title: is missing"]


def test_a_milestone_is_due_once_or_each_year_not_both(tmp_path, capsys):
    file = written(tmp_path / "plan.yaml", changed((("milestones", 3, "due"), INVENTED["milestones"][0]["due"])))
    code, out, _ = said(capsys, "check", str(file))
    assert code == 1
    assert "milestones rotation: cannot be taken: milestone rotation: give either due or repeat" in out


def test_a_key_given_twice_is_an_error_at_the_second(file, capsys):
    line = replaced(file, "office: ", "area: 甲县\noffice: ")
    code, out, _ = said(capsys, "check", str(file))
    assert code == 1
    assert f"{file}:{line}: error yaml: plan: cannot be read as YAML (column 1): the key area is given twice" in out


def test_broken_yaml_is_named_with_line_and_column(file, capsys):
    line = replaced(file, "- key: rotation", "- key: 'rotation")
    code, out, _ = said(capsys, "check", str(file))
    assert code == 1
    assert "cannot be read as YAML (column" in out
    assert int(out.split(":")[1]) >= line


def test_the_standard_a_plan_follows_must_exist(file, capsys):
    replaced(file, "slug: ", "standard: provincial\nslug: ")
    code, out, _ = said(capsys, "check", str(file))
    assert code == 1
    assert f"{file}:1: error unknown_name: standard: no standard is called provincial" in out


STRANGE = {
    "alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 2, "an alias (*name) stands here"),
    "tag": ("slug: !!python/object:os.system x\n", 1, "a tag (!name) stands here"),
    "nesting": ("a: " + "[" * 5000, 1, "levels deep"),
    "two documents": ("slug: a\n---\nslug: b\n", 2, "expected a single document"),
    "empty": ("# nothing\n", 1, "the file is empty"),
    "a list": ("- slug\n", 1, "is not made of fields"),
    "a word": ("plan\n", 1, "is not made of fields"),
    "zero byte": ('slug: a\ntitle: "b\\0"\n', 2, "a zero byte"),
    "control characters": ("slug: \x01\n", 1, "characters are not allowed"),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_no_plan_is_an_error_with_its_line(tmp_path, capsys, kind):
    content, line, sentence = STRANGE[kind]
    file = tmp_path / "plan.yaml"
    file.write_text(content, encoding="utf-8")
    code, out, err = said(capsys, "check", str(file))
    assert (code, err) == (1, "")
    assert out.startswith(f"{file}:{line}: error ")
    assert sentence in out


def test_words_that_older_yaml_would_turn_into_something_else_stay_words(file, capsys):
    line = replaced(file, "slug: shiyan-2025", "slug: on")
    assert said(capsys, "check", str(file))[0] == 0
    replaced(file, "phrase: 每年9月", "phrase: 12:30")
    replaced(file, "slug: on", "slug: 0123")
    assert said(capsys, "check", str(file))[0] == 0
    assert line == 1


def refused(capsys: pytest.CaptureFixture[str], file: Path) -> str:
    code, out, err = said(capsys, "check", str(file))
    assert (code, out) == (2, "")
    assert err.startswith("junheng: ")
    assert err.count("\n") == 1
    return err


def test_what_cannot_be_read_is_refused_on_one_line(tmp_path, capsys):
    assert "is a folder; name a plan file" in refused(capsys, tmp_path)
    assert "cannot be read: No such file" in refused(capsys, tmp_path / "none.yaml")
    file = tmp_path / "plan.xlsx"
    file.write_bytes(b"a: b\nPK\x03\x04\xff\xfe")
    assert "is not UTF-8 text (line 2); save it as UTF-8" in refused(capsys, file)
    with file.open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    assert "is larger than 8 MB" in refused(capsys, file)


def test_a_file_saved_with_a_byte_order_mark_is_read(file, capsys):
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert said(capsys, "check", str(file))[0] == 0


def test_the_findings_are_written_as_json(file, capsys):
    replaced(file, "area: 试验州", "area: 丙州")
    replaced(file, "investment_wan: 3000", "investment_wan: 3500")
    line = replaced(file, "  budget:", "  budget:")
    code, out, _ = said(capsys, "check", str(file), "--format", "json")
    found: dict[str, Any] = json.loads(out)
    assert code == 1
    assert (found["file"], found["errors"], found["warnings"]) == (str(file), 1, 1)
    assert found["findings"][1] == {
        "line": line,
        "level": "warning",
        "code": "sum_mismatch",
        "path": ["projects", 0, "budget"],
        "where": "projects north-school",
        "message": "the budget lines come to 3000 万元, the investment to 3500: 500 apart",
    }


def test_the_sentences_are_there_in_chinese(file, capsys):
    replaced(file, "places: 1620", "places: 1600")
    _, out, _ = said(capsys, "check", str(file), "--language", "zh-CN")
    assert "1600" in out
    assert "but" not in out


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_real_plans_have_no_error(path, capsys):
    code, out, _ = said(capsys, "check", str(path))
    assert (code, " error " in out) == (0, False)


def test_the_schema_is_printed_as_published(capsys):
    code, out, _ = said(capsys, "schema")
    assert code == 0
    assert out == (project_dir("seeds") / "plan.schema.json").read_text(encoding="utf-8")
    assert yaml.safe_load(out)["title"] == "PlanFile"


def test_the_manuals_example_passes_and_explains_every_kind_of_finding(tmp_path, capsys):
    manual = (Path(__file__).parents[2] / "docs" / "manual" / "plan-file.md").read_text(encoding="utf-8")
    file = tmp_path / "plan.yaml"
    file.write_text(manual.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert said(capsys, "check", str(file)) == (0, f"{file}: 0 errors, 0 warnings\n", "")
    assert [kind for kind in (*ErrorKind, *WarningKind) if f"| `{kind}` |" not in manual] == []
