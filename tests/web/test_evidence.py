"""Evidence as people look at it: a page with a picture, a thumbnail in lists, a download, and nothing for strangers."""

import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.core.files import stored_path
from app.models import Evidence
from tests.support.busy import overdue_milestone
from tests.support.evidence import archive, ink, pdf, picture
from tests.support.strict_html import faults
from tests.support.web import seeded_app, signed_in

REPORT = {"reported_on": "2026-11-20", "summary": "（虚构）主体完工"}
JPEG = b"\xff\xd8\xff"
FILES = {
    "验收报告.pdf": pdf(3),
    "现场.png": picture("PNG", (2000, 900)),
    "方案.docx": archive("word/document.xml"),
    "损坏.pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
}


def handed_in(app: FastAPI, office: TestClient, files: dict[str, bytes]) -> dict[str, int]:
    """Report with files; return their ids by name."""
    uploads = [("evidence", (name, content, "text/html")) for name, content in files.items()]
    answer = office.post(f"/milestones/{overdue_milestone(app)}/reports", data=REPORT, files=uploads)
    assert answer.status_code == 303, answer.text
    with read_session(app.state.engine) as session:
        return dict(session.execute(sa.select(col(Evidence.filename), col(Evidence.id))).all())


def test_a_files_page_says_what_it_backs_and_shows_its_pages(app: FastAPI, tmp_path: Path) -> None:
    office = signed_in(app, "office")
    ids = handed_in(app, office, FILES)
    url = f"/evidence/{ids['验收报告.pdf']}"
    first, last = office.get(f"{url}/preview").text, office.get(f"{url}/preview?page=3").text
    assert faults(first) == faults(last) == []
    milestone = overdue_milestone(app)
    for words in ("验收报告.pdf", f'href="/milestones/{milestone}"', f'href="{url}"', f'src="{url}/pages/1"', "page=2"):
        assert words in first
    assert "page=2" in last
    assert "page=4" not in last
    sent = office.get(f"{url}/pages/3")
    assert (sent.content[:3], sent.headers["content-type"]) == (JPEG, "image/jpeg")
    assert ink(sent.content) > 2000  # though the document carries no font
    assert sent.headers["content-security-policy"].startswith("sandbox")
    assert sent.headers["x-content-type-options"] == "nosniff"
    for nowhere in ("preview?page=4", "preview?page=0", "preview?page=x", "pages/4", "pages/99999"):
        assert office.get(f"{url}/{nowhere}").status_code == 404

    url = f"/evidence/{ids['现场.png']}"
    assert f'src="{url}/pages/1"' in office.get(f"{url}/preview").text
    small = office.get(f"{url}/thumbnail").content
    assert (small[:3], len(small) < 5000) == (JPEG, True)

    kept = tmp_path / "previews"
    made = {path: path.stat().st_mtime_ns for path in kept.rglob("*.jpg")}
    assert len(made) == 5  # two thumbnails, two pages of the document, the picture
    assert office.get(f"{url}/pages/1").content[:3] == JPEG
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*.jpg")} == made


def test_where_no_preview_can_be_made_the_page_says_so_and_offers_the_download(app: FastAPI) -> None:
    office = signed_in(app, "office", language="en")
    ids = handed_in(app, office, FILES)
    for name, words in (("方案.docx", "no previews of files of this kind"), ("损坏.pdf", "may be damaged")):
        url = f"/evidence/{ids[name]}"
        page = office.get(f"{url}/preview").text
        assert faults(page) == []
        assert words in page
        assert f'href="{url}"' in page
        assert "/pages/" not in page
        assert office.get(f"{url}/pages/1").status_code == 404
        thumbnail = office.get(f"{url}/thumbnail")
        assert (thumbnail.status_code, thumbnail.headers["content-type"]) == (200, "image/svg+xml")
    listed = office.get(f"/milestones/{overdue_milestone(app)}").text
    for name, number in ids.items():
        assert f'src="/evidence/{number}/thumbnail"' in listed, name


def test_a_drawing_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    app = seeded_app(tmp_path, preview_seconds=1)
    office = signed_in(app, "office")
    ids = handed_in(app, office, {"慢.pdf": slow_pdf()})
    assert "<img class=" not in office.get(f"/evidence/{ids['慢.pdf']}/preview").text
    assert list((tmp_path / "previews").rglob("*.jpg")) == []
    app.state.engine.dispose()


def slow_pdf() -> bytes:
    """Return a small document whose page is nested forms, ten of each in the next."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    objects += [page, b"<</Length 5>>stream\n/F Do\nendstream"]
    deepest = 14
    for number in range(5, deepest):
        inner = b"/F Do " * 10
        resources = b"/Resources<</XObject<</F %d 0 R>>>>" % (number + 1)
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]%s/Length %d>>" % (resources, len(inner))
        objects.append(head + b"stream\n" + inner + b"\nendstream")
    drawn = b"0 0 595 842 re f"
    objects.append(
        b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length %d>>stream\n%s\nendstream" % (len(drawn), drawn)
    )
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s\nendobj\n" % (no, item) for no, item in enumerate(objects, 1))
    return body + b"trailer<</Root 1 0 R/Size %d>>\n%%%%EOF\n" % (len(objects) + 1)


def test_the_file_itself_comes_as_a_download_under_its_chinese_name(app: FastAPI) -> None:
    name, office = "验收 报告;一.pdf", signed_in(app, "office")
    number = handed_in(app, office, {name: FILES["验收报告.pdf"]})[name]
    sent = office.get(f"/evidence/{number}")
    assert sent.content == FILES["验收报告.pdf"]
    assert sent.headers["content-type"] == "application/pdf"
    assert sent.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
    assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert sent.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("damage", "words"), [(Path.unlink, "missing"), (lambda path: path.write_bytes(b"%PDF"), "not those")]
)
def test_bytes_that_are_gone_or_altered_are_never_sent_and_the_page_says_so(
    app: FastAPI, tmp_path: Path, damage, words
) -> None:
    office = signed_in(app, "office", language="en")
    number = handed_in(app, office, {"a.pdf": FILES["验收报告.pdf"]})["a.pdf"]
    with read_session(app.state.engine) as session:
        damage(stored_path(tmp_path / "evidence", session.get_one(Evidence, number).sha256))
    sent = office.get(f"/evidence/{number}")
    assert (sent.status_code, words in sent.text) == (404, True)
    page = office.get(f"/evidence/{number}/preview")
    assert (page.status_code, words in page.text) == (200, True)
    assert office.get(f"/evidence/{number}/thumbnail").headers["content-type"] == "image/svg+xml"


def test_for_whom_the_milestone_does_not_exist_its_files_do_not_either(app: FastAPI) -> None:
    number = handed_in(app, signed_in(app, "office"), {"a.pdf": FILES["验收报告.pdf"]})["a.pdf"]
    addresses = [f"/evidence/{number}{part}" for part in ("", "/preview", "/pages/1", "/thumbnail")]
    stranger = signed_in(app, "unit", "luoyang-2025", "栾川县人民政府")
    assert {stranger.get(url).status_code for url in addresses} == {404}
    assert {signed_in(app, "office", "kashgar-2022").get(url).status_code for url in addresses} == {404}
    assert {signed_in(app, "leader").get(url).status_code for url in addresses} == {200}


def test_what_a_scanner_refuses_comes_back_with_the_form_as_it_was_typed(tmp_path: Path) -> None:
    app = seeded_app(tmp_path, evidence_scan_command="false")
    office, url = signed_in(app, "office"), f"/milestones/{overdue_milestone(app)}/reports"
    answer = office.post(url, data=REPORT, files={"evidence": ("a.pdf", FILES["验收报告.pdf"])})
    assert answer.status_code == 422
    assert REPORT["summary"] in answer.text
    assert "a.pdf" in answer.text
    with read_session(app.state.engine) as session:
        assert session.scalars(sa.select(col(Evidence.id))).all() == []
    app.state.engine.dispose()


def test_others_can_write_while_a_file_is_scanned(tmp_path: Path) -> None:
    script = tmp_path / "scan.py"
    script.write_text(
        "import sqlite3, sys\n"
        f"writing = sqlite3.connect({str(tmp_path / 'junheng.db')!r}, timeout=0, isolation_level=None)\n"
        "writing.execute('BEGIN IMMEDIATE')\n"
        "writing.execute('ROLLBACK')\n"
    )
    app = seeded_app(tmp_path, evidence_scan_command=f"{sys.executable} '{script}'")
    assert list(handed_in(app, signed_in(app, "office"), {"a.pdf": FILES["验收报告.pdf"]})) == ["a.pdf"]
    app.state.engine.dispose()
