"""Debian's chromium, driven by Playwright; and what may be seen of the page in it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camlight import Explanation, TargetExplanation

FOLDER = Path(__file__).parent
ARTEFACTS = FOLDER.parent.parent / "test-artefacts"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # CI runs as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    from playwright.sync_api import sync_playwright  # an extra that `make test` goes without

    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Expected chromium on the PATH. Install it: `apt-get install chromium`.")
    with sync_playwright() as playwright:
        # a profile of its own comes with every launch
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium, tmp_path):
    """Opens HTML as a page, on which nothing may go wrong and nothing be fetched."""
    seen = {"wrong": [], "fetched": []}
    contexts = []

    def open_page(body, scheme="light", width=1000, head=""):
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>card</title>'
            f'<meta name="viewport" content="width=device-width">{head}'
            f'<body style="background: Canvas; color-scheme: {scheme}">{body}',
            encoding="utf-8",
        )
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen["wrong"].append(message.text))
        page.on("pageerror", lambda error: seen["wrong"].append(str(error)))
        page.on("dialog", lambda dialog: (seen["wrong"].append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: seen["fetched"].append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not seen["wrong"]
    assert not [url for url in seen["fetched"] if not url.startswith(("data:", "file:"))]
    assert len([url for url in seen["fetched"] if url.startswith("file:")]) == len(contexts)


@pytest.fixture
def photo():
    """A smooth picture, 360 x 240 pixels, the same everywhere."""
    rows, columns = np.mgrid[0:240, 0:360]
    waves = [np.sin(rows / 40 + i) * np.cos(columns / 55 - i) for i in range(3)]
    return Image.fromarray((127 + 90 * np.stack(waves, axis=-1)).astype("uint8"))


@pytest.fixture
def expl(photo):
    """Three targets: upper left, lower right, and a map of other cells."""
    maps = [np.zeros((4, 6)), np.zeros((4, 6)), np.linspace(0, 1, 15).reshape(3, 5)]
    maps[0][1, 1], maps[0][0, 1], maps[0][1, 2] = 1, 0.5, 0.25
    maps[1][3, 4:] = 1, 0.6184
    names = ["Egyptian cat", "espresso", "tabby"]
    scores = [0.75, 0.2, 0.05]
    return Explanation(
        "tiny_network",
        description="what it does",
        method="Grad-CAM",
        targets=[
            TargetExplanation(280 + i, name=names[i], score=scores[i], heatmap=maps[i])
            for i in range(3)
        ],
        image=photo,
        layer="conv",
    )
