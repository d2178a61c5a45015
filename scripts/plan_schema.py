"""Write `seeds/plan.schema.json` from the parts of the plan file; `--check` only tells whether it is up to date."""

import sys
from pathlib import Path

from app.services.plan_schema import schema_text

PUBLISHED = Path(__file__).resolve().parent.parent / "seeds" / "plan.schema.json"


def main() -> int:
    """Write or check the published schema; return 1 when it differs."""
    text = schema_text()
    if "--check" not in sys.argv:
        PUBLISHED.write_text(text, encoding="utf-8")
        return 0
    if PUBLISHED.exists() and PUBLISHED.read_text(encoding="utf-8") == text:
        return 0
    print(
        "plan_schema: seeds/plan.schema.json is behind the format; run python -m scripts.plan_schema", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
