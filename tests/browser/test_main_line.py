"""The main job end to end in a real browser: from sign-in to the circular in the reader's hands."""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pdfplumber
import pytest
from playwright.sync_api import Page, expect

from app.core.clock import Clock, FixedClock
from app.core.settings import Settings
from tests.support.web import NOW, PASSWORD, PLAN, seeded_app

pytestmark = pytest.mark.browser
OFFICE = f"office-{PLAN}"
LEADER = "leader"
UNIT = f"unit-{PLAN}-新安县人民政府"


@pytest.fixture
def address(tmp_path: Path, live_server: Callable[[Settings, Clock], str]) -> str:
    """Base URL of the product with the five plans, on noon of 22 November 2026."""
    seeded_app(tmp_path).state.engine.dispose()  # lays the seeded database into the folder
    return live_server(Settings(data_dir=tmp_path), FixedClock(NOW))


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page on which any script error or refused resource fails the test at its end."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    assert faults == []


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def picture() -> bytes:
    """A white PNG of one dot, real enough for a check by content."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\xff")),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_from_sign_in_to_the_printed_circular(address: str, watched: Page, tmp_path: Path) -> None:
    page = watched
    sign_in(page, address, OFFICE)
    expect(page).to_have_url(f"{address}/")

    page.get_by_role("navigation", name="主导航").get_by_role("link", name="台账").click()
    page.get_by_label("状态").select_option(label="逾期")
    expect(page).to_have_url(re.compile("standing=overdue"))
    page.get_by_label("状态").select_option(label="临期")
    page.get_by_label("文字").fill("栾川")
    expect(page).to_have_url(re.compile("q=%E6%A0%BE%E5%B7%9D"))
    ledger = page.locator("#ledger")
    expect(ledger.get_by_role("row")).to_have_count(2)  # the head and one milestone

    ledger.get_by_role("link", name=re.compile("栾川县")).click()
    expect(page.locator(".title-row .standing")).to_have_text(re.compile("临期"))
    page.get_by_label("完成比例").fill("20")
    page.get_by_label("工作进展").fill("校舍改造过半，设备尚未到位（虚构）。")
    page.locator("#report input[type=file]").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.get_by_role("button", name="提交报告").click()
    expect(page.locator(".title-row .standing")).to_have_text(re.compile("滞后"))
    expect(page.locator("#history")).to_contain_text("校舍改造过半")
    file = page.request.get(address + str(page.locator("#history a[download]").get_attribute("href")))
    assert (file.status, file.headers["content-type"]) == (200, "image/png")

    page.goto(f"{address}/alerts")
    page.get_by_role("button", name="立即扫描").click()
    expect(page.get_by_role("status")).to_contain_text("扫描")
    page.goto(f"{address}/milestones?standing=overdue&q=新安县通过")
    page.locator("#ledger").get_by_role("link", name=re.compile("新安县通过")).click()
    expect(page.locator("main")).to_contain_text("催办")
    page.get_by_role("link", name=re.compile(r"案件 2026-\d{3}")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("案件 2026-")

    page.goto(f"{address}/documents/new?kind=quarterly_circular")
    page.get_by_label("季度", exact=True).select_option("2026Q3")
    page.get_by_role("button", name="起草", exact=True).click()
    expect(page.locator(".paper")).to_contain_text("总体情况")
    with page.expect_download() as download:
        page.get_by_role("button", name="草稿 PDF").click()
    printed = tmp_path / "circular.pdf"
    download.value.save_as(printed)
    with pdfplumber.open(printed) as document:
        text = "".join(sheet.extract_text() or "" for sheet in document.pages)
        assert round(float(document.pages[0].width)) == 595  # A4
    assert "总体情况" in text
    assert "新安县" in text
