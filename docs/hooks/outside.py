"""What lies outside of ``docs``: notebooks are taken along, nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import relpath
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
FOLDER = "notebooks"
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=[\"']?(https?:[^\"' >]+)"
)


def on_files(files: Any, config: Any) -> Any:
    """Add the notebooks to the site's files."""
    for path in sorted((ROOT / FOLDER).glob("*.ipynb")):
        files.append(File.generated(config, f"{FOLDER}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links that are right in the repository into links that are right on the site."""
    here = Path("docs", page.file.src_uri).parent.as_posix()
    return re.sub(
        rf"\]\({re.escape(relpath(FOLDER, here))}/",
        f"]({relpath(f'docs/{FOLDER}', here)}/",
        markdown,
    )


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that the reader's browser would fetch something for."""
    if found := FETCHED.search(output):
        raise PluginError(f"{page.file.src_uri} fetches {found[1]}: bring it along instead.")
    return output
