"""The font script: quiet when nothing is to do, one line when nothing can be done."""

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
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FONT_DIR", tmp_path / "fonts")
    return module


def test_fonts_that_are_there_are_not_fetched_again(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    script.FONT_DIR.mkdir()
    for name in script.WANTED:
        (script.FONT_DIR / name).touch()
    assert script.main() == 0
    assert capsys.readouterr().out == ""


def test_without_a_package_manager_one_line_says_what_prints_will_use(
    script: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "Noto Serif SC" in lines[0]


def test_unpacked_fonts_are_copied_and_missing_ones_named(script: ModuleType, tmp_path: Path) -> None:
    tree = tmp_path / "tree" / "fandol"
    tree.mkdir(parents=True)
    for name in script.WANTED[1:]:
        (tree / name).write_bytes(b"font")
    assert script.WANTED[0] in script.install(tree.parent)
    (tree / script.WANTED[0]).write_bytes(b"font")
    assert script.install(tree.parent) == ""
    assert sorted(path.name for path in script.FONT_DIR.iterdir()) == sorted(script.WANTED)
