"""Evidence is judged by its bytes: an archive that cannot be read is refused, whatever is wrong with it."""

import zipfile
from io import BytesIO

import pytest

from app.services.evidence import media_type


def archive(name: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("wrong", "as_it_should_be"),
    [(b"\xff\xfe", "é".encode()), (b"PK\x01\x02\x14\x03\xff", b"PK\x01\x02\x14\x03\x14"), (b"", b"PK\x05\x06")],
)
def test_a_broken_archive_has_no_media_type(wrong: bytes, as_it_should_be: bytes):
    whole = archive("word/é.xml")
    assert as_it_should_be in whole
    assert media_type(whole.replace(as_it_should_be, wrong)) is None


def test_a_document_is_known_by_its_main_part():
    assert media_type(archive("word/document.xml")) is not None
    assert media_type(archive("word/vbaProject.bin")) is None
