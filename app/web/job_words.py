"""The words of the timetable's page: what a run counted, and what called for it."""

from app.queries.jobs import BY_HAND, DAY_SLOT


def _(msgid: str) -> str:
    """Mark a msgid for extraction; the template translates it."""
    return msgid


_NAMES = {
    "on": _("day judged"),
    "examined": _("examined"),
    "overdue": _("overdue items"),
    "alerts_raised": _("alerts raised"),
    "cases_opened": _("cases opened"),
    "judged": _("judged again"),
    "expected": _("reports newly expected"),
    "drafted": _("circulars drafted"),
    "failed": _("could not be written"),
    "seconds": _("seconds taken"),
    "covered_days": _("days caught up"),
    "covered_hours": _("hours caught up"),
    "leads": _("leads"),
    "phase": _("phase"),
    "done": _("done so far"),
    "total": _("of altogether"),
    "expanded": _("notices made into messages"),
    "addressed": _("messages made"),
    "by_hand": _("to be carried by hand"),
    "sent": _("messages sent"),
    "queued": _("to be tried again"),
    "superseded": _("settled before sending"),
    "broken": _("messages that could not be written"),
    "lease lost": _("taken over by another process"),
    "error": _("error"),
    "found_by": _("found by"),
}


def named(name: str) -> str:
    """Return what a run's value is called, as a msgid; a name that is not known stays as it is."""
    return _NAMES.get(name, name)


def valued(text: str) -> str:
    """Return a run's value as a msgid where it is a yes or no; else as it is."""
    return {"True": _("yes"), "False": _("no")}.get(text, text)


def cause(slot: str) -> str:
    """Return what called for a run, as a msgid."""
    if BY_HAND in slot:
        return _("asked for by a person")
    if " start " in slot:
        return _("at start-up")
    return _("the day's run") if len(slot) == DAY_SLOT else _("the hour's run")
