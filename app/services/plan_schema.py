"""The JSON Schema of the plan file (draft 2020-12), which editors use for completion, hover and first checks."""

import json
from typing import Any

from app.services.plan_files import PlanFile
from app.services.plan_schema_words import FIELDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def plan_schema() -> dict[str, Any]:
    """Return the schema made from the parts of the format, every field with its description."""
    schema = PlanFile.model_json_schema()
    described("PlanFile", schema)
    for name, definition in schema["$defs"].items():
        described(name, definition)
    dated = schema["$defs"]["MilestonePart"]
    dated["oneOf"] = [{"required": ["due"]}, {"required": ["repeat"]}]
    return {"$schema": DIALECT, **schema}


def schema_text() -> str:
    """Return the schema as the text of `seeds/plan.schema.json`."""
    return json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"


def described(part: str, definition: dict[str, Any]) -> None:
    """Give each field of a part a description where its class gives none."""
    words = FIELDS.get(part, {})
    for field, shape in definition.get("properties", {}).items():
        if "description" not in shape and field in words:
            shape["description"] = words[field]
