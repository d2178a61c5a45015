"""The font script: quiet when nothing is to do, one line for each bundle when nothing can be done."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fetch_fonts.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("fetch_fonts", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fetch_fonts", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FONT_DIR", tmp_path / "fonts")
    return module


def put(folder: Path, names: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"font")


def test_fonts_that_are_there_are_not_fetched_again(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    for bundle in script.BUNDLES:
        put(script.FONT_DIR, bundle.files)
    assert script.main() == 0
    assert capsys.readouterr().out == ""


def test_without_a_package_manager_a_line_says_what_each_missing_bundle_means(
    script: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    put(script.FONT_DIR, script.BUNDLES[1].files)
    assert script.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(script.BUNDLES) - 1
    assert "Noto Serif SC" in lines[0]
    assert any("Uyghur" in line for line in lines)


def test_unpacked_fonts_are_copied_and_missing_ones_named(script: ModuleType, tmp_path: Path) -> None:
    bundle, tree = script.BUNDLES[0], tmp_path / "tree"
    put(tree / "fandol", bundle.files[1:])
    assert bundle.files[0] in script.install(bundle, tree)
    assert not bundle.is_installed()
    put(tree / "fandol", bundle.files[:1])
    assert script.install(bundle, tree) == ""
    assert bundle.is_installed()


def test_a_package_that_lacks_the_files_is_passed_over_for_the_next(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = next(bundle for bundle in script.BUNDLES if len(bundle.packages) > 1)
    *_, last = bundle.packages
    put_files = "; ".join(f": > $3/{name}" for name in bundle.files)
    commands = {
        "apt-cache": "shift 2; for name; do echo Package: $name; echo Size: 1000000; done",
        "apt-get": 'while [ "$1" != download ]; do shift; done; shift; for name; do : > "${name}_1_all.deb"; done',
        "dpkg-deb": f"/bin/mkdir -p $3; case $2 in */{last}_*) {put_files};; esac",
    }
    for name, lines in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{lines}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.fetch([bundle]) == {}
    assert bundle.is_installed()
