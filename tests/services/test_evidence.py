"""Evidence is judged by its bytes, shown to the scanner, kept under its hash; names and claims count for nothing."""

import struct
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.files import static_dir, stored_path
from app.core.settings import Settings
from app.services.errors import InputError
from app.services.evidence import StoredUpload, Upload, receive
from app.services.evidence_types import Fault, examine, picture_size
from tests.support.evidence import archive, pdf, picture

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("wrong", "as_it_should_be"),
    [(b"\xff\xfe", "é".encode()), (b"PK\x01\x02\x14\x03\xff", b"PK\x01\x02\x14\x03\x14"), (b"", b"PK\x05\x06")],
)
def test_a_broken_archive_is_of_no_kind(wrong: bytes, as_it_should_be: bytes):
    whole = archive("word/é.xml")
    assert as_it_should_be in whole
    assert examine(whole.replace(as_it_should_be, wrong)) is Fault.KIND


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (archive("word/document.xml"), WORD),
        (archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        (archive("Doc_0/OFD.xml"), Fault.KIND),
        (archive("word/document.xml", "word/vbaProject.bin"), Fault.MACROS),
        (archive("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), Fault.MACROS),
        (archive("word/document.xml", content=b"0" * 4_000_000), Fault.BOMB),
        (archive("word/document.xml") + b"PK\x01\x02" * 10_000, Fault.BOMB),
        (pdf(), "application/pdf"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 20_000, 20_000), Fault.PIXELS),
        (b"\xff\xd8\xff\xe0", Fault.PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Fault.KIND),
    ],
)
def test_a_file_is_what_its_bytes_show(content: bytes, found: str):
    assert examine(content) == found


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_pictures_size_is_read_from_its_header_alone(file_format: str):
    assert picture_size(picture(file_format, (300, 200))) == (300, 200)
    assert picture_size(picture(file_format, (300, 200))[:15]) is None


def test_a_webp_pictures_size_is_read_in_each_of_its_three_forms():
    chunk = b"RIFF\0\0\0\0WEBP"
    assert picture_size(chunk + b"VP8X" + bytes(8) + b"\x2b\x01\x00\xc7\x00\x00") == (300, 200)
    assert picture_size(chunk + b"VP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 299 | 199 << 14)) == (300, 200)
    assert picture_size(chunk + b"VP9 " + bytes(20)) is None


def taken(folder: Path, *uploads: tuple[str, bytes], **settings: object) -> list[StoredUpload]:
    given = Settings.model_validate({"data_dir": folder, **settings})
    return receive([Upload(name, content) for name, content in uploads], given)


def test_a_file_is_kept_under_its_hash_for_its_owner_alone_and_equal_bytes_once(tmp_path: Path):
    first, second = taken(tmp_path, ("..\\验收\\证明.pdf", pdf()), ("抄件.exe", picture()))
    (again,) = taken(tmp_path, ("另一份.pdf", pdf()))
    assert (first.filename, second.filename, second.media_type) == ("证明.pdf", "抄件.exe", "image/png")
    assert again.sha256 == first.sha256
    kept = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert sorted(path.name for path in kept) == sorted([first.sha256, second.sha256])
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    folders = {path.stat().st_mode & 0o777 for path in [tmp_path / "evidence", *(path.parent for path in kept)]}
    assert folders == {0o700}


@pytest.mark.parametrize(
    ("uploads", "settings", "words"),
    [
        ([("空.pdf", b"")], {}, "空.pdf: the file is empty"),
        ([("甲.pdf", pdf()), ("图.png", pdf() + bytes(1024**2))], {"evidence_max_mb": 1}, "图.png: larger than 1 MiB"),
        ([("甲.pdf", pdf() + bytes(600_000))] * 2, {"evidence_form_max_mb": 1}, "together are larger than 1 MiB"),
        ([("甲.pdf", pdf())] * 3, {"evidence_max_files": 2}, "3 files are too many: at most 2"),
        ([("宏.docx", archive("word/document.xml", "word/vbaProject.bin"))], {}, "宏.docx: contains macros"),
        ([("报告.pdf", b"MZ\x90\x00")], {}, "报告.pdf: only PDF, OFD"),
        ([("图.jpg", b"\xff\xd8\xff\xe0")], {}, "图.jpg: the picture is damaged"),
    ],
)
def test_a_refusal_names_the_file_and_keeps_none(tmp_path: Path, uploads: list, settings: dict, words: str):
    with pytest.raises(InputError, match=words):
        taken(tmp_path, *uploads, **settings)
    assert not (tmp_path / "evidence").exists()


def scanner(folder: Path, script: str) -> str:
    """Return a command that runs a shell script; the file's path is its first argument."""
    file = folder / "scan me.sh"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o700)
    return f"'{file}'"


def test_a_clean_file_is_taken_once_the_scanner_has_seen_its_bytes(tmp_path: Path):
    command = scanner(tmp_path, f'cp "$1" "{tmp_path}/seen"; env > "{tmp_path}/environment"')
    (file,) = taken(tmp_path, ("证明.pdf", pdf()), evidence_scan_command=command)
    assert (tmp_path / "seen").read_bytes() == stored_path(tmp_path / "evidence", file.sha256).read_bytes()
    assert "JUNHENG" not in (tmp_path / "environment").read_text()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo Eicar FOUND; exit 1", "found something in this file"),
        ("exit 2", "does not answer; tell the administrator"),
        ("sleep 20 & sleep 20", "does not answer; tell the administrator"),
    ],
)
def test_an_infected_file_and_a_scanner_that_fails_or_hangs_are_refused(tmp_path: Path, script: str, words: str):
    with pytest.raises(InputError, match=f"证明.pdf: the virus scanner {words}"):
        taken(tmp_path, ("证明.pdf", pdf()), evidence_scan_command=scanner(tmp_path, script), evidence_scan_seconds=1)
    assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []


def test_a_scanner_that_is_not_there_refuses_every_file(tmp_path: Path):
    with pytest.raises(InputError, match="does not answer"):
        taken(tmp_path, ("证明.pdf", pdf()), evidence_scan_command="/nowhere/scan --fast")


def test_settings_refuse_a_command_that_cannot_be_read_and_a_data_folder_that_is_served():
    with pytest.raises(ValidationError, match="evidence_scan_command"):
        Settings(evidence_scan_command="scan 'open")
    with pytest.raises(ValidationError, match="data_dir"):
        Settings(data_dir=static_dir() / "var")
