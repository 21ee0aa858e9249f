"""What the documents say is run: every block of Python, and what it says it prints."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path, language):
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_runs_and_prints_what_is_shown(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert blocks(path, "python")
    names = {}
    for block in blocks(path, "python"):
        exec(compile(block, str(path), "exec"), names)
    printed = capsys.readouterr().out
    for shown in blocks(path, "text"):
        assert shown in printed


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_what_is_linked_to_is_there(path):
    links = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith("https://"):
            assert (path.parent / link).exists(), link


def test_the_commands_of_the_readme_are_make_targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert all(f"\n{command}:" in makefile for command in commands)


def test_the_picture_of_one_minute_is_what_its_code_makes():
    """Renew it with the test's own lines when the drawing changes on purpose."""
    import numpy as np
    from PIL import Image

    names = {}
    exec(blocks(ROOT / "docs" / "one-minute.md", "python")[0], names)
    shown = np.asarray(Image.open(ROOT / "docs" / "pictures" / "one-minute.png").convert("RGB"))
    drawn = np.asarray(names["overlay"].convert("RGB"))
    assert shown.shape == drawn.shape
    assert np.abs(shown.astype(int) - drawn).max() <= 3
