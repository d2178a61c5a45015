"""The published schema is the format's own, describes every field, and takes the five real plans."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.core.files import project_dir
from app.services.plan_schema import DIALECT, plan_schema, schema_text
from app.services.plan_schema_words import FIELDS
from app.services.plan_yaml import read_yaml
from tests.support.plan_files import INVENTED, changed

SEEDS = project_dir("seeds")
PLANS = sorted((SEEDS / "plans").glob("*.yaml"))


def as_json(data: Any) -> Any:
    """Return YAML data as JSON has it: days are text."""
    return json.loads(json.dumps(data, default=date.isoformat))


def parts(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "PlanFile", schema["properties"]
    for name, definition in schema["$defs"].items():
        if "properties" in definition:
            yield name, definition["properties"]


def complaints(plan: dict[str, Any]) -> list[str]:
    schema = json.loads((SEEDS / "plan.schema.json").read_text(encoding="utf-8"))
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(as_json(plan))]


def test_the_published_schema_is_the_formats_own():
    assert (SEEDS / "plan.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_one_of_draft_2020_12():
    assert plan_schema()["$schema"] == DIALECT
    Draft202012Validator.check_schema(plan_schema())


def test_every_field_says_what_it_holds():
    assert [(part, field) for part, fields in parts(plan_schema()) for field in fields if not said(fields[field])] == []


def said(field: dict[str, Any]) -> bool:
    return bool(field.get("description"))


def test_no_field_is_described_that_does_not_exist():
    fields = {part: set(found) for part, found in parts(plan_schema())}
    assert [(part, field) for part, words in FIELDS.items() for field in words if field not in fields[part]] == []


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_real_plan_names_the_schema_and_fits_it(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../plan.schema.json"
    assert complaints(read_yaml(path)) == []


def test_the_schema_finds_what_an_editor_should_underline():
    assert complaints(INVENTED) == []
    assert complaints(changed((("milestones", 0, "kind"), "wish"))) == ["$.milestones[0].kind"]
    assert complaints(changed((("milestones", 0, "sort"), "x"))) == ["$.milestones[0]"]
    assert complaints(changed((("milestones", 3, "due"), INVENTED["milestones"][0]["due"]))) == ["$.milestones[3]"]
    assert complaints(changed((("issuer",), None))) == ["$"]
