"""Pictures of evidence: drawn once by a short-lived process, kept by the file's hash and page, never a fault."""

import json
import os
import subprocess  # runs this package's own preview process, no shell
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from app.core.files import is_intact, stored_path
from app.core.logging import get_logger
from app.core.settings import Settings
from app.services.preview_process import FORMATS

PREVIEWED = frozenset({"application/pdf", *FORMATS})
THUMBNAIL = "thumbnail"
MOST_PAGES = 300  # of one file: who reads more takes the file
_TRY_AGAIN = timedelta(days=1)
_MEMORY_BYTES = 1536 * 1024**2
_MOST_BYTES = 8 * 1024**2  # of one picture
_SYSTEM_FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_APP_ROOT = Path(__file__).resolve().parent.parent.parent

_log = get_logger(__name__)


class NoPreviewError(Exception):
    """No picture of this file or page can be made."""


def page_picture(sha256: str, media_type: str, page: int, settings: Settings, now: datetime) -> Path:
    """Return the picture of a page (from 1), a JPEG file; drawn when it is asked for the first time.

    Raises: NoPreviewError.
    """
    return _picture(sha256, media_type, page, str(page), settings, now)


def thumbnail(sha256: str, media_type: str, settings: Settings, now: datetime) -> Path:
    """Return the small picture of a file's first page. Raises: NoPreviewError."""
    return _picture(sha256, media_type, 1, THUMBNAIL, settings, now)


def page_count(sha256: str, media_type: str, settings: Settings, now: datetime) -> int:
    """Return how many pages have a picture; 0: there is no preview."""
    try:
        picture = page_picture(sha256, media_type, 1, settings, now)
        return int((picture.parent / "pages").read_text())
    except (NoPreviewError, OSError, ValueError):
        return 0


def _picture(sha256: str, media_type: str, page: int, name: str, settings: Settings, now: datetime) -> Path:
    if media_type not in PREVIEWED or (page > 1 and page > page_count(sha256, media_type, settings, now)):
        raise NoPreviewError
    folder = stored_path(settings.previews_dir, sha256)
    picture, failed = folder / f"{name}.jpg", folder / f"{page}.none"
    if picture.is_file():
        return picture
    if failed.is_file() and abs(now.timestamp() - failed.stat().st_mtime) < _TRY_AGAIN.total_seconds():
        raise NoPreviewError
    if page > MOST_PAGES:
        raise NoPreviewError
    _draw(sha256, media_type, page, folder, settings)
    if picture.is_file():
        failed.unlink(missing_ok=True)
        return picture
    failed.touch(mode=0o600)
    os.utime(failed, (now.timestamp(), now.timestamp()))
    raise NoPreviewError


def _draw(sha256: str, media_type: str, page: int, folder: Path, settings: Settings) -> None:
    """Have a page drawn into a folder of its own, then move what is a picture to where it is kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    source = stored_path(settings.evidence_dir, sha256).resolve()
    if not is_intact(source, sha256):
        _log.error("evidence is missing or altered", sha256=sha256)
        return
    with tempfile.TemporaryDirectory(dir=folder) as drawing:
        job = {
            "path": str(source),
            "media_type": media_type,
            "page": page,
            "folder": str(Path(drawing).resolve()),
            "font_dirs": _font_dirs(settings),
            "memory_bytes": _MEMORY_BYTES,
            "cpu_seconds": settings.preview_seconds,
        }
        pages = _run(job, settings.preview_seconds)
        if pages is None:
            return
        for name in (THUMBNAIL, str(page)):
            drawn = Path(drawing) / f"{name}.jpg"
            if _is_jpeg(drawn):
                drawn.replace(folder / drawn.name)
        count = Path(drawing) / "pages"
        count.write_text(str(min(pages, MOST_PAGES)))
        count.replace(folder / "pages")


def _font_dirs(settings: Settings) -> list[str]:
    """Return where fonts lie for documents that carry none: the office's own, the print fonts, the system's."""
    from app.printouts.fonts import default_font_dirs  # slow to load

    own = (settings.data_dir / "fonts").resolve()
    return [str(folder) for folder in (own, *default_font_dirs(), *_SYSTEM_FONTS) if folder.is_dir()]


def _run(job: dict[str, object], seconds: int) -> int | None:
    """Run the preview process on one job; return the file's number of pages, None when it failed."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(_APP_ROOT), "PYTHONUTF8": "1"}  # no secrets of the parent's
    command = [sys.executable, "-m", "app.services.preview_process"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed command line
            command,
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _log.warning("no preview", path=job["path"], page=job["page"], reason=f"longer than {seconds} s")
        return None
    told = done.stdout.decode(errors="replace")
    if done.returncode != 0 or not (told.isascii() and told.isdigit() and len(told) < 7):
        reason = done.stderr.decode(errors="replace")[-500:] or f"ended with code {done.returncode}"
        _log.warning("no preview", path=job["path"], page=job["page"], reason=reason)
        return None
    return int(told)


def _is_jpeg(path: Path) -> bool:
    try:
        with path.open("rb") as handle:
            return handle.read(3) == b"\xff\xd8\xff" and path.stat().st_size <= _MOST_BYTES
    except OSError:
        return False
