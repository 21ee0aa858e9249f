"""What the documents say is run: every block of Python, and what it says it prints."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import camlight
from docs.drawn import pages
from docs.hooks import cards

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
EVERYWHERE = [DOCS / "any-model.md", DOCS / "one-minute.md"]
"""What is run on every backend; the other pages use the same calls, on TensorFlow alone."""

OUTSIDE = {
    "https://arxiv.org/abs/1610.02391",
    "https://eli5.readthedocs.io",
    "https://keepachangelog.com",
    "https://semver.org",
}
"""Every address outside, to be looked at by a person: tests reach no network."""


def blocks(path, language):
    fence = rf"^```{language}\b[^\n]*\n(.*?)^```$"
    return re.findall(fence, path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def named(path):
    return path.relative_to(ROOT).as_posix()


RUN = [path for path in [ROOT / "README.md", *PAGES] if blocks(path, "python")]


def test_most_pages_are_run():
    assert set(EVERYWHERE) <= set(RUN)
    assert len(RUN) > 15


@pytest.mark.parametrize("path", RUN, ids=named)
def test_python_runs_and_prints_what_is_shown(path, tmp_path, monkeypatch, capsys):
    if path not in EVERYWHERE and keras.config.backend() != "tensorflow":
        pytest.skip("the backends share these calls: TensorFlow runs them")
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks(path, "python"):
        exec(compile(block, str(path), "exec"), names)
    printed = capsys.readouterr().out
    for shown in blocks(path, "text"):
        assert shown in printed


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=named)
def test_what_is_linked_to_is_there(path):
    """Places inside a page are checked where the site is built, by `make docs`."""
    for link in re.findall(r"\]\(([^)\s#]+)", path.read_text(encoding="utf-8")):
        if "://" in link:
            assert link in OUTSIDE, f"{link}: look at it, and add it to OUTSIDE"
        else:
            assert (path.parent / link).exists(), link


def test_no_address_outside_is_listed_in_vain():
    everything = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    text = "".join(path.read_text(encoding="utf-8") for path in everything)
    assert [link for link in OUTSIDE if link not in text] == []


def test_every_notebook_is_listed():
    listed = re.findall(r"\(\.\./notebooks/(\S+)\)", (DOCS / "notebooks.md").read_text("utf-8"))
    assert sorted(listed) == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=named)
def test_methods_are_called_by_their_names(path):
    """Also in tables, which aren't run; an Explanation made by hand names none of ours."""
    asked = set(re.findall(r'\bmethod="([^"{]+)"', path.read_text(encoding="utf-8")))
    assert asked <= {*camlight.METHODS, "by hand"}


def test_the_reference_names_everything_public():
    text = "".join(path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md"))
    text = cards.on_page_markdown(text)
    documented = set(re.findall(r"^::: camlight\.(\S+)$", text, re.MULTILINE))
    modules = {
        "base",
        "demo",
        "evaluate",
        "explain",
        "formatters",
        "ipython",
        "keras",
        "methods",
        "__version__",
    }
    public = set(camlight.__all__) - modules
    public |= {f"demo.{name}" for name in camlight.demo.__all__}
    public |= {f"evaluate.{name}" for name in camlight.evaluate.__all__}
    under_camlight = {"keras.explain_prediction_keras", "keras.forget"}
    public |= {f"keras.{name}" for name in camlight.keras.__all__} - under_camlight
    functions = camlight.METHODS.values()
    public |= {cards.path(function).removeprefix("camlight.") for function in functions}
    public |= {"methods.INGREDIENTS"}
    inside = ("expand_heatmap", "heatmap_to_image")
    public |= {f"formatters.image.{name}" for name in inside}
    assert sorted(public - documented) == []


def test_the_commands_of_the_readme_are_make_targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert all(f"\n{command}:" in makefile for command in commands)


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="one backend is enough")
def test_the_pictures_of_the_pages_are_what_their_code_draws():
    """Run `make pictures` when the drawing changes on purpose; WebP adds a little noise."""
    for name, drawn in pages.drawn().items():
        kept = np.asarray(Image.open(pages.FOLDER / name).convert("RGB")).astype(int)
        assert kept.shape == np.asarray(drawn).shape, name
        assert np.abs(kept - np.asarray(drawn)).mean() < 2, name
