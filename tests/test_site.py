"""The site's own code: pages are run from their top, and show what their blocks end in."""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError
from PIL import Image

from docs.hooks import outside, shown

CONFIG = SimpleNamespace(
    site_dir="site", use_directory_urls=False, plugins=SimpleNamespace(_current_plugin=None)
)
TEXT = """\
Before.

```python
from PIL import Image
red = Image.new("RGB", (4, 2), "red")
```

```python {place}="A red field"
{last}
```

After.
"""


class Files(list):
    def documentation_pages(self):
        return [file for file in self if hasattr(file, "page")]


@pytest.fixture
def build(monkeypatch):
    """Returns what becomes of the page ``how-to/page.md``, and the site's further files."""
    monkeypatch.setattr(shown, "_shown", {})
    monkeypatch.setattr(shown, "_live", {})

    def built(text, also=""):
        pages = [page("how-to/page.md", text), page("also.md", also)]
        files = shown.on_files(Files(pages), CONFIG)
        markdown = shown.on_page_markdown(also or text, SimpleNamespace(file=pages[bool(also)]))
        return markdown, files[2:]

    return built


def page(path, text):
    return SimpleNamespace(src_uri=path, content_string=text, page=None)


@pytest.mark.parametrize("place", ["above", "below"])
def test_a_picture_is_shown_beside_the_code(build, place):
    markdown, [file] = build(TEXT.format(place=place, last="red"))
    picture = "![A red field](../made/page-1.png)"
    assert markdown.startswith("Before.\n\n```python\nfrom PIL")
    assert markdown.endswith("\n\nAfter.\n")
    assert (markdown.index(picture) < markdown.index("```python\nred\n```")) == (place == "above")
    assert file.src_uri == "made/page-1.png"
    assert file.content_bytes[:4] == b"\x89PNG"


def test_it_is_shown_on_another_page_too(build):
    text = TEXT.format(place="below", last="red")
    markdown, _ = build(text, also="Here:\n\n<!-- shown on how-to/page.md -->\n")
    assert "![A red field](made/page-1.png)" in markdown


def test_text_is_shown_as_text(build):
    markdown, files = build(TEXT.format(place="above", last="str(red.size)"))
    assert "```text\n(4, 2)\n```" in markdown
    assert not files


def test_html_is_put_in_after_markdown(build):
    last = "__import__('camlight').Explanation('<net>', error='no *' + 'map*')"
    markdown, _ = build(TEXT.format(place="below", last=last))
    assert "*map*" not in markdown
    assert "no *map*" in shown.on_page_content(markdown)


def test_a_page_that_shows_nothing_is_not_run(build):
    text = "```python\nraise ValueError\n```\n"
    assert build(text) == (text, [])


def test_what_fails_ends_the_build_and_names_the_line(build):
    with pytest.raises(ZeroDivisionError) as caught:
        build(TEXT.format(place="below", last="1 / 0"))
    assert caught.traceback[-1].lineno + 1 == 9
    assert str(caught.traceback[-1].path).endswith("page.md")


def test_links_to_notebooks_lead_to_the_copies():
    here = SimpleNamespace(file=SimpleNamespace(src_uri="how-to/page.md"))
    text = "[one](../../notebooks/one.ipynb) and [two](other.md)"
    shown_as = outside.on_page_markdown(text, here)
    assert shown_as == "[one](../notebooks/one.ipynb) and [two](other.md)"


def test_a_page_that_fetches_something_is_refused():
    here = SimpleNamespace(file=SimpleNamespace(src_uri="page.md"))
    for fine in ('<a href="https://arxiv.org">paper</a>', '<img src="made/page-1.png">'):
        assert outside.on_post_page(fine, here) == fine
    with pytest.raises(PluginError, match=r"page.md fetches https://cdn.example/x.js"):
        outside.on_post_page('<script async src="https://cdn.example/x.js">', here)


def test_notebooks_are_taken_along():
    names = {Path(file.src_uri).name for file in outside.on_files([], CONFIG)}
    assert "one-minute.ipynb" in names


def test_pictures_are_what_the_code_drew(build):
    _, [file] = build(TEXT.format(place="below", last="red.rotate(90, expand=True)"))
    assert Image.open(BytesIO(file.content_bytes)).size == (2, 4)
