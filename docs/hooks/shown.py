"""Run the Python of a page while the site is built, and show what its blocks end in.

A block that opens with ```` ```python below="caption" ```` is followed by what its last line gives,
as in a notebook: a picture, a figure, a text or whatever has HTML; ``above="caption"`` shows it
before the code. A page with such a block is run from its top; what goes wrong there ends the
build. The comment ``<!-- shown on how-to/regression.md -->`` stands for what that page shows.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import relpath
from typing import Any, NamedTuple

from mkdocs.structure.files import File

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BLOCK = re.compile(
    r'^```python(?: (?P<place>above|below)="(?P<caption>[^"]+)")?\n(?P<code>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
ELSEWHERE = re.compile(r"^<!-- shown on (\S+) -->$", re.MULTILINE)
FOLDER = "made"


class Shown(NamedTuple):
    """What a block shows: a file of the site, or text, or a mark that stands for HTML."""

    caption: str
    file: str = ""
    text: str = ""


_shown: dict[str, list[Shown]] = {}
"""What each page shows, in order."""
_live: dict[str, str] = {}
"""HTML that Markdown must not touch, by the mark that stands for it."""


def run(markdown: str, name: str) -> Iterator[tuple[re.Match[str], Any]]:
    """Run the blocks of a page one by one; yield each with what its last line gives."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in BLOCK.finditer(markdown):
        lines = markdown[: block.start("code")].count("\n")
        tree = ast.parse("\n" * lines + block["code"], name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), names)
        yield block, last and eval(compile(ast.Expression(last.value), name, "eval"), names)


def on_files(files: Any, config: Any) -> Any:
    """Run the pages that show something, and add what they show to the site's files."""
    for page in list(files.documentation_pages()):
        text = page.content_string
        if not any(block["place"] for block in BLOCK.finditer(text)):
            continue
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # the tests run the same code with warnings as errors
            _shown[page.src_uri] = [
                _kept(value, f"{Path(page.src_uri).stem}-{number}", block["caption"], config, files)
                for number, (block, value) in enumerate(run(text, page.src_uri))
                if block["place"]
            ]
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put what the blocks show beside them."""
    here = page.file.src_uri
    shown = iter(_shown.get(here, ()))

    def beside(block: re.Match[str]) -> str:
        code = f"```python\n{block['code']}```"
        if block["place"] is None:
            return code
        figure = _figure(next(shown), here)
        return figure + code if block["place"] == "above" else code + "\n" + figure

    def from_elsewhere(mark: re.Match[str]) -> str:
        return "".join(_figure(one, here) for one in _shown[mark[1]])

    return ELSEWHERE.sub(from_elsewhere, BLOCK.sub(beside, markdown))


def on_page_content(html: str, **_: Any) -> str:
    """Put the HTML of explanations where its marks stand."""
    for mark, live in _live.items():
        html = html.replace(mark, live)
    return html


def _kept(value: Any, name: str, caption: str, config: Any, files: Any) -> Shown:
    figure = hasattr(value, "savefig")
    if hasattr(value, "_repr_html_") and not figure:
        mark = f"<!-- live: {name} -->"
        _live[mark] = f'<div class="shown">{value._repr_html_()}</div>'
        return Shown(caption, text=mark)
    if isinstance(value, str):
        return Shown(caption, text=f"```text\n{value}\n```")
    path, buffer = f"{FOLDER}/{name}.{'svg' if figure else 'png'}", io.BytesIO()
    (value.savefig if figure else value.save)(buffer, format=path[-3:])
    files.append(File.generated(config, path, content=buffer.getvalue()))
    return Shown(caption, file=path)


def _figure(shown: Shown, here: str) -> str:
    if shown.text:
        return f"\n{shown.text}\n\n<p class='caption'>{escape(shown.caption)}</p>\n\n"
    source = relpath(shown.file, Path(here).parent.as_posix())
    return (
        f'\n<figure markdown="span">\n![{escape(shown.caption)}]({source})\n'
        f"<figcaption>{escape(shown.caption)}</figcaption>\n</figure>\n\n"
    )
