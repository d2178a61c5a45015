"""The drop folder: whole files under the message's number, nowhere else."""

import json

import pytest

from app.channels.sending import send
from app.domain.vocabulary import ChannelKind, DeliveryTrouble
from tests.channels.samples import NOW, outgoing, settings


def drop(folder, sent_to="", **words):
    return send(ChannelKind.FOLDER, outgoing(sent_to=sent_to, **words), settings(drop_dir=folder), NOW)


def test_a_message_becomes_two_files_and_again_the_same_two(tmp_path):
    folder = tmp_path / "drop"
    first = drop(folder, "洛龙区教体局")
    written = {path.name: path.read_bytes() for path in (folder / "洛龙区教体局").iterdir()}
    second = drop(folder, "洛龙区教体局", attempt=2)
    assert first.delivered
    assert second.delivered
    assert {path.name: path.read_bytes() for path in (folder / "洛龙区教体局").iterdir()} == written
    record = json.loads(written["M20261122-0007.json"])
    assert record["number"] == "M20261122-0007"
    assert record["subject"] == "【催办】洛龙区 2025 年底前通过认定（虚构）"
    text = written["M20261122-0007.txt"].decode()
    assert text == f"{record['subject']}\n\n{record['text']}\n"
    assert sorted(written) == ["M20261122-0007.json", "M20261122-0007.txt"]
    assert [path.stat().st_mode & 0o777 for path in (folder / "洛龙区教体局").iterdir()] == [0o640, 0o640]


def test_an_empty_address_is_the_folder_itself(tmp_path):
    assert drop(tmp_path).delivered
    assert (tmp_path / "M20261122-0007.json").is_file()


@pytest.mark.parametrize("sub_folder", ["..", ".hidden", "a/b", "/etc", "a\\b", "a\0", "a\n", "x" * 65, "..a", " "])
def test_nothing_is_written_outside(tmp_path, sub_folder):
    outcome = drop(tmp_path / "drop", sub_folder)
    assert (outcome.permanent, outcome.trouble) == (True, DeliveryTrouble.ADDRESS)
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    folder, outside = tmp_path / "drop", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "unit").symlink_to(outside)
    assert drop(folder, "unit").trouble is DeliveryTrouble.ADDRESS
    assert list(outside.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "drop").write_text("a file in the way")
    outcome = drop(tmp_path / "drop")
    assert (outcome.delivered, outcome.permanent, outcome.trouble) == (False, False, DeliveryTrouble.STORAGE)
