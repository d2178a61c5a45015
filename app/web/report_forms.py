"""Read the form of a report, wherever it stands: its fields carry the same names on every page."""

from datetime import date

from app.services.report_fields import read_report
from app.services.reports import ReportInput
from app.web.forms import Form


def typed_texts(form: Form) -> dict[str, str]:
    """Return every text of the form as it was typed; of the ticked `doubted` targets all, with commas between."""
    doubted = ",".join(str(target_id) for target_id in form.ids("doubted"))
    return {**form.typed, **({"doubted": doubted} if doubted else {})}


def report_input(form: Form, today: date, *, expected_id: int | None = None) -> ReportInput:
    """Return what a report's form says; what cannot be read is named in `form.problems`."""
    given, problems = read_report(typed_texts(form), today, expected_id=expected_id)
    form.problems.update(problems)
    return given
