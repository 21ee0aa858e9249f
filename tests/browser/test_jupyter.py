"""A notebook that a real kernel ran: in JupyterLab, trusted and not, and exported as a page."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

import camlight
from tests.browser.conftest import ARTEFACTS
from tests.browser.seeing import far_off, shot

CODE = """\
import numpy as np
from PIL import Image
from camlight import Explanation, TargetExplanation

rows, columns = np.mgrid[0:240, 0:360]
photo = Image.fromarray(np.stack([rows, columns * 2 // 3, rows * 0 + 90], -1).astype("uint8"))
maps = np.eye(4), np.eye(4)[::-1]
targets = [
    TargetExplanation(i, name=name, score=0.5, heatmap=heatmap)
    for i, name, heatmap in zip(range(2), ["down", "up"], maps, strict=True)
]
expl = Explanation("net", method="Grad-CAM", targets=targets, image=photo, layer="conv")
expl"""

# asks nothing from anywhere, and no token of those who reach it: this machine alone
SERVER = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.password=",
    "--IdentityProvider.token=",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a notebook lies that was run, and what Jupyter keeps for itself."""
    folder = tmp_path_factory.mktemp("jupyter")
    notebook = new_notebook(cells=[new_code_cell(CODE), new_code_cell("1 + 1")])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=folder)
    nbformat.write(notebook, folder / "card.ipynb")
    config = folder / "CONFIG" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(
        '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'
    )
    return folder


@pytest.fixture(scope="module")
def lab(folder):
    """The address of a JupyterLab that knows that folder alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", *SERVER, f"--ServerApp.port={port}"]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder}"],
            env=os.environ | own,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server, folder / "lab.log")
        yield f"http://127.0.0.1:{port}/lab"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(url, server, log):
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not answer: {log.read_text()}")


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def drawn():
    """What `format_as_image` makes of the notebook's first target."""
    names = {}
    exec(CODE, names)
    expl = names["expl"]
    expl.targets = expl.targets[:1]
    return camlight.format_as_image(expl)


def assert_works(page, drawn, name):
    """The card shows the first map; its slider, switcher and pointer do what they should."""
    stage = page.locator(".camlight-stage")
    stage.scroll_into_view_if_needed()
    seen = shot(stage, f"{name}-stage")
    assert far_off(seen, drawn.resize(seen.size, Image.Resampling.BICUBIC)).mean() < 2
    slider = page.get_by_label("Opacity")
    slider.focus()
    page.keyboard.press("ArrowDown")
    assert slider.input_value() == "64"
    page.locator(".camlight-cells").focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")  # with which notebooks go to the next cell
    assert page.locator(".camlight-reading").inner_text() == "0.000 at row 1, column 0"
    slider.fill("0")
    assert far_off(seen, shot(stage, f"{name}-without-map")).mean() > 5
    page.get_by_role("radio").nth(1).check()
    page.locator(".camlight-cells").hover(position={"x": 5, "y": 5})
    assert page.locator(".camlight-reading").inner_text() == "0.000 at row 0, column 0"
    assert "up" in page.locator("img.camlight-picture").get_attribute("alt")


def test_in_jupyterlab(lab, page, drawn):
    page.goto(f"{lab}/tree/card.ipynb")
    # a notebook that others ran isn't trusted: no script of its runs, no style is applied
    image = page.locator("img.camlight-picture")
    image.wait_for(timeout=60_000)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "lab-untrusted.png")
    assert page.locator(".camlight-tools").count() == 0
    seen = shot(image, "lab-untrusted-image")
    assert far_off(seen, drawn.resize(seen.size, Image.Resampling.BICUBIC)).mean() < 2
    assert page.locator(".camlight-target").nth(1).is_visible()

    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".camlight-tools").wait_for(timeout=60_000)
    assert_works(page, drawn, "lab")
    page.get_by_label("Opacity").fill("65")
    page.screenshot(path=ARTEFACTS / "lab.png")


def test_in_an_exported_page(folder, page, drawn):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "card.ipynb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    page.route("http*://**", lambda route: route.abort())  # nbconvert's own, for formulas
    page.goto(Path(folder, "card.html").as_uri())
    assert_works(page, drawn, "exported")
    page.screenshot(path=ARTEFACTS / "exported.png", full_page=True)
