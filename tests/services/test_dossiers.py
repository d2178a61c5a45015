"""Dossiers of cases: everything on file is gathered, set and packed, and nothing that is missing breaks them."""

import csv
import hashlib
import io
import re
import zipfile
from pathlib import Path

import pdfplumber
import pikepdf
import pytest
from sqlalchemy import Engine

from app.core.database import read_session, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.dossiers import MOST_BYTES, DossierFormat, FileState, archive_name, safe_name
from app.domain.vocabulary import (
    Role,
)
from app.queries.dossiers import gather, made_before
from app.services import dossiers
from app.services.dossier_documents import fact_words
from app.services.dossier_files import checked
from app.services.errors import ConflictError, NotFoundError
from tests.jobs.ledger import (
    OFFICE_ACTOR,
    OFFICER,
    PLAN,
    TODAY,
    UNIT,
    add_milestone,
    days,
    extend,
    lay_plan,
    scan_on,
)
from tests.support.dossiers import ALERT, CASE, NOW, fill
from tests.support.facts import counted

CHAPTERS = (
    "摘要 方案依据 时限沿革 责任沿革 填报情况 预警与送达 延期 批示 单位陈述 "
    "处理决定与回复 整改 回头看与结案 佐证材料目录 审计存证"
)
FACTS = (
    "雨季停工 主体完工 第2次：送达 451greylisted 王某 李某 通〔2026〕1号 不予延期 请抓紧 补植 进度照片 领导小组办公室 "
    "2026年10月中旬前 未报 U+13000 第1次编制"
)


@pytest.fixture
def bare(engine: Engine) -> Engine:
    """An engine on a database with one open case on one milestone."""
    lay_plan(engine)
    add_milestone(engine, TODAY - days(40), due_phrase="2026年10月中旬前")
    scan_on(engine, TODAY)
    return engine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path})


def draw(engine: Engine, settings: Settings, file_format: DossierFormat = DossierFormat.PDF) -> dossiers.DrawnDossier:
    with read_session(engine) as session:
        return dossiers.draw_dossier(session, OFFICE_ACTOR, CASE, file_format=file_format, settings=settings, now=NOW)


def keep(engine: Engine, drawn: dossiers.DrawnDossier, settings: Settings) -> str:
    with write_session(engine) as session:
        return dossiers.keep_dossier(session, OFFICE_ACTOR, drawn, folder=settings.printouts_dir, now=NOW).sha256


def packed(sha256: str, settings: Settings) -> zipfile.ZipFile:
    content = b"".join(dossiers.archive(sha256, NOW, settings))
    found = zipfile.ZipFile(io.BytesIO(content))
    assert found.testzip() is None
    return found


def test_everything_on_file_is_gathered_in_a_fixed_number_of_statements(bare, settings):
    fill(bare, settings.evidence_dir)
    extend(bare, 1, TODAY - days(10), now=NOW)
    with read_session(bare) as session, counted(bare) as statements:
        facts = gather(session, OFFICE_ACTOR, CASE, today=TODAY, now=NOW)
    assert facts is not None
    assert len(statements) <= 60
    assert [(row.version, row.reason) for row in facts.dues] == [(2, "批准延期")]
    assert [(row.period, row.reported_at) for row in facts.missing] == [("2026年第二季度", None)]
    assert [row.share_pct for row in facts.reports] == [85]
    alert = next(item for item in facts.alerts if item.row.id == ALERT)
    assert [item.outcome for item in alert.messages[0].attempts] == ["delayed", "sent"]
    assert [item.person for item in alert.readings] == ["unit"]
    assert [item.kind for item in alert.steps] == ["acknowledge", "answer"]
    assert alert.by_hand[0].receipt is not None
    assert [post.person for post in facts.posts[UNIT]] == ["王某（虚构）"]
    assert (len(facts.extensions), len(facts.instructions), len(facts.items)) == (1, 1, 1)
    assert {line.backs for line in facts.evidence} == {"report", "hand_delivery"}
    assert {line.action for line in facts.audit} >= {"alerts:raise", "cases:open", "cases:decision"}
    assert [file.backs for file in checked(facts.evidence, settings.evidence_dir, fact_words(facts))][
        -1
    ] == "第1件预警：送达回证"


def test_a_whole_dossier_reads_back_with_contents_bookmarks_and_every_fact(bare, settings):
    fill(bare, settings.evidence_dir)
    drawn = draw(bare, settings)
    with pdfplumber.open(io.BytesIO(drawn.pdf)) as pdf:
        pages = [page.extract_text() for page in pdf.pages]
    text = re.sub(r"\s", "", "".join(pages))
    assert [fact for fact in FACTS.split() if fact not in text] == []
    entries = re.findall(r"([一二三四五六七八九十]+、[一-龥]+)[ .]+(\d+)", pages[1])
    assert [title.split("、")[1] for title, _ in entries] == CHAPTERS.split()
    assert all(title in pages[int(number) - 1] for title, number in entries)
    assert pages[2].strip().endswith("— 3 —")
    with pikepdf.open(io.BytesIO(drawn.pdf)) as read, read.open_outline() as outline:
        assert [item.title.split("、")[1] for item in outline.root] == CHAPTERS.split()
        assert read.Root.MarkInfo.Marked
        assert "问责案卷" in str(read.docinfo.Title)
    assert drawn.pdf == draw(bare, settings).pdf


def test_a_bare_case_has_every_chapter_and_says_what_there_is_not(bare, settings):
    with pdfplumber.open(io.BytesIO(draw(bare, settings).pdf)) as pdf:
        text = "".join(page.extract_text() for page in pdf.pages)
    assert all(f"、{title}" in text for title in CHAPTERS.split())
    assert text.count("无。") >= 6


def test_an_archive_holds_every_file_and_its_sums_agree(bare, settings):
    fill(bare, settings.evidence_dir)
    drawn = draw(bare, settings, DossierFormat.ZIP)
    archive = packed(keep(bare, drawn, settings), settings)
    names = archive.namelist()
    assert names[0] == "问责案卷_trial-2025-2026-001_第1次.pdf"
    files = ["001_（虚构）进度照片.pdf", "002_CON_________ 清单𓀀.pdf", "003_回证.pdf"]
    assert names[1:4] == [f"佐证材料/{name}" for name in files]
    sums = [line.split("  ") for line in archive.read("SHA256SUMS").decode().splitlines()]
    assert {name: digest for digest, name in sums} == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in names if name != "SHA256SUMS"
    }
    listed = archive.read("佐证材料目录.csv")
    rows = list(csv.DictReader(io.StringIO(listed.decode("utf-8-sig"))))
    assert [row["压缩包内路径"] for row in rows] == names[1:4]
    with pdfplumber.open(io.BytesIO(archive.read(names[0]))) as pdf:
        cover = re.sub(r"\s", "", pdf.pages[0].extract_text())
    assert hashlib.sha256(listed).hexdigest() in cover.replace("SHA-256", "")
    assert all(item.flag_bits & 0x800 for item in archive.infolist() if not item.filename.isascii())


def test_files_that_are_gone_or_altered_are_named_and_break_nothing(bare, settings):
    fill(bare, settings.evidence_dir)
    photo = stored_path(settings.evidence_dir, hashlib.sha256(b"photo").hexdigest())
    photo.unlink()
    scan = stored_path(settings.evidence_dir, hashlib.sha256(b"scan").hexdigest())
    scan.write_bytes(b"forged")
    drawn = draw(bare, settings, DossierFormat.ZIP)
    assert [file.state for file in drawn.files] == [FileState.MISSING, FileState.INTACT, FileState.ALTERED]
    sha256 = keep(bare, drawn, settings)
    archive = packed(sha256, settings)
    assert [name for name in archive.namelist() if name.startswith("佐证材料/")] == [drawn.files[1].path]
    note = archive.read("缺失说明.txt").decode("utf-8-sig")
    assert "001_（虚构）进度照片.pdf\t文件缺失" in note
    assert "003_回证.pdf\t内容与摘要值不符" in note
    stored_path(settings.evidence_dir, hashlib.sha256(b"hostile").hexdigest()).unlink()
    assert "002_" in packed(sha256, settings).read("后来缺失.txt").decode("utf-8-sig")


def test_dossiers_are_numbered_registered_and_refused_when_another_came_first(bare, settings):
    first, second = draw(bare, settings), draw(bare, settings, DossierFormat.ZIP)
    keep(bare, first, settings)
    with pytest.raises(ConflictError):
        keep(bare, second, settings)
    keep(bare, draw(bare, settings, DossierFormat.ZIP), settings)
    with read_session(bare) as session:
        assert [(row.number, row.format) for row in made_before(session, CASE)] == [(2, "zip"), (1, "pdf")]


def test_files_beyond_the_limit_are_refused_before_anything_is_set(bare, settings):
    fill(bare, settings.evidence_dir)
    drawn = draw(bare, settings)
    with pytest.raises(ConflictError, match="one archive holds at most"):
        dossiers.hold_to_size(drawn.files, most=5)
    dossiers.hold_to_size(drawn.files, most=MOST_BYTES)


def test_a_case_out_of_scope_has_no_dossier(bare, settings):
    other = Actor(OFFICER, "office", Role.OFFICE, Scope(plan_id=PLAN + 1))
    with read_session(bare) as session, pytest.raises(NotFoundError):
        dossiers.draw_dossier(session, other, CASE, file_format=DossierFormat.PDF, settings=settings, now=NOW)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("证明.pdf", "证明.pdf"),
        ("a/b\\c:d.txt", "a_b_c_d.txt"),
        ("..", "未命名"),
        ("name. . ", "name"),
        ("\x00\u202egnp.exe", "gnp.exe"),
        ("长" * 300 + ".docx", "长" * 75 + ".docx"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_safe_on_every_system(name, safe):
    assert safe_name(name) == safe


def test_numbers_keep_names_apart_and_away_from_devices():
    assert archive_name(7, 20, "CON") == "佐证材料/007_CON"
    assert archive_name(7, 2000, "nul.txt") == "佐证材料/0007_nul.txt"
