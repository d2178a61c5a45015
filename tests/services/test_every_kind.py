"""Every kind of document in every format: GB/T 9704 held to, and the same text, tables and numbers in all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.domain.documents import KINDS, DocumentKind, FileFormat
from app.printouts.documents import Stamp
from app.printouts.frozen import freeze, thaw
from app.services.document_files import render
from tests.support import docx_conformance, gbt9704
from tests.support.databases import SqliteDatabases, open_engine
from tests.support.every_kind import Office, furnish
from tests.support.printed_tables import missing_in_docx, missing_in_pdf, missing_in_xlsx

STAMP = Stamp(address="http://junheng.test/verify/" + "ab" * 10, fingerprint="3f2a 91c0 77be 0d14")


@pytest.fixture(scope="module")
def office(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp
    with sqlite_databases.fresh(folder("kinds")) as url, sqlite_databases.fresh(folder("criticism")) as other_url:
        engine, other = open_engine(url), open_engine(other_url)
        yield furnish(engine, other)
        engine.dispose()
        other.dispose()


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_a_document_of_every_kind_conforms_and_says_the_same_in_every_format(
    office: Office, kind: DocumentKind, tmp_path: Path
) -> None:
    document = office.draw(kind)
    assert thaw(freeze(document)) == document
    assert freeze(thaw(freeze(document))) == freeze(document)
    settings = Settings(data_dir=tmp_path)
    files = {one: render(document, one, settings, STAMP) for one in KINDS[kind].formats}
    assert gbt9704.violations(files[FileFormat.PDF], document, STAMP) == []
    assert missing_in_pdf(document, files[FileFormat.PDF]) == []
    if FileFormat.DOCX in files:
        assert docx_conformance.violations(files[FileFormat.DOCX], document) == []
        assert missing_in_docx(document, files[FileFormat.DOCX]) == []
    if FileFormat.XLSX in files:
        assert missing_in_xlsx(document, files[FileFormat.XLSX]) == []
