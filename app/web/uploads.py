"""Take the files of a form: checked, scanned and kept before the route's transaction begins."""

from app.core.settings import Settings
from app.services import evidence
from app.services.errors import InputError, msg
from app.services.evidence import StoredUpload, Upload
from app.web.forms import Form


def received(form: Form, settings: Settings, *, field: str = "evidence") -> list[StoredUpload]:
    """Return a form's files, kept; call it before the session's first statement.

    Raises: InputError for a form that has other problems already, and naming a file that is not taken.
    """
    if form.problems:
        raise InputError(form.problems)
    files = form.files(field)
    for file in files:
        # Before it is read: a file on disk becomes bytes in memory.
        if file.size is not None and file.size > settings.evidence_max_mb * 1024 * 1024:
            name, limit = evidence.bare_name(file.filename or ""), settings.evidence_max_mb
            raise InputError({field: msg("%(file)s: larger than %(limit)s MiB", file=name, limit=limit)})
    return evidence.receive([Upload(file.filename or "", file.file.read()) for file in files], settings, field=field)
