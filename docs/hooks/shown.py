"""Run the Python of a page while the site is built, and show what its blocks end in.

A block that opens with ```` ```python below="caption" ```` is followed by what its last line gives,
as in a notebook: a picture, a figure or whatever has HTML; ``above="caption"`` shows it before the
code. A page with such a block is run from its top; what goes wrong there ends the build.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import relpath
from typing import Any

from mkdocs.structure.files import File

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BLOCK = re.compile(
    r'^```python(?: (?P<place>above|below)="(?P<caption>[^"]+)")?\n(?P<code>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
FOLDER = "made"

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


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Put what the blocks show beside them."""
    if not any(block["place"] for block in BLOCK.finditer(markdown)):
        return markdown
    parts, end = [], 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        with contextlib.redirect_stdout(io.StringIO()):
            for number, (block, value) in enumerate(run(markdown, page.file.src_uri)):
                parts.append(markdown[end : block.start()])
                code = f"```python\n{block['code']}```"
                end = block.end()
                if block["place"] is None:
                    parts.append(code)
                    continue
                name = f"{Path(page.file.src_uri).stem}-{number}"
                figure = _figure(value, name, block["caption"], page, config, files)
                parts += [figure, code] if block["place"] == "above" else [code, figure]
    return "".join([*parts, markdown[end:]])


def on_page_content(html: str, **_: Any) -> str:
    """Put the HTML of explanations where its marks stand."""
    for mark, live in _live.items():
        html = html.replace(mark, live)
    return html


def _figure(value: Any, name: str, caption: str, page: Any, config: Any, files: Any) -> str:
    if hasattr(value, "_repr_html_") and not hasattr(value, "savefig"):
        mark = f"<!-- shown: {name} -->"
        _live[mark] = f'<div class="shown">{value._repr_html_()}</div>'
        return f"\n{mark}\n\n{caption}\n\n"
    kind = "svg" if hasattr(value, "savefig") else "png"
    path = f"{FOLDER}/{name}.{kind}"
    files.append(File.generated(config, path, content=_drawn(value, kind)))
    source = relpath(path, Path(page.file.src_uri).parent.as_posix() or ".")
    return (
        f'\n<figure markdown="span">\n![{escape(caption)}]({source})\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>\n\n"
    )


def _drawn(value: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    (value.savefig if hasattr(value, "savefig") else value.save)(buffer, format=kind)
    return buffer.getvalue()
