"""Stored bytes: once under their hash, whole or not at all."""

import hashlib
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core import files

CONTENT = "佐证材料".encode()


def every(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_equal_content_is_kept_once_under_its_sha256(tmp_path: Path):
    digest = files.store(tmp_path, CONTENT)
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert files.store(tmp_path, CONTENT) == digest
    assert every(tmp_path) == [files.stored_path(tmp_path, digest)]
    assert files.stored_path(tmp_path, digest).read_bytes() == CONTENT


def test_many_who_store_the_same_content_at_once_leave_one_file(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: files.store(tmp_path, CONTENT * 50_000), range(16)))
    assert len(digests) == len(every(tmp_path)) == 1


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # as on a full disk
    try:
        with pytest.raises(OSError, match="too large"):
            files.store(tmp_path, CONTENT * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert every(tmp_path) == []


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "g" * 64])
def test_only_a_sha256_names_a_stored_file(tmp_path: Path, digest: str):
    with pytest.raises(ValueError, match="sha256"):
        files.stored_path(tmp_path, digest)


@pytest.mark.parametrize("name", ["templates", "migrations", "seeds", "locale"])
def test_the_products_own_folders_are_found(name: str):
    assert files.project_dir(name).is_dir()
