import re
import subprocess
import sys
from base64 import b64decode
from contextlib import redirect_stdout
from html import unescape
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import demo
from camlight.demo.__main__ import main
from camlight.demo.tour.page import page
from camlight.demo.tour.parts import Answer, Picture, Step
from camlight.demo.tour.png import png_bytes
from camlight.formatters.location import describe_location

PICTURES = {
    "1-photo": "photo",
    "1-egyptian-cat": "overlay",
    "2-espresso": "espresso_overlay",
    "3-early-layer": "early",
    "3-middle-layer": "middle",
    "4-heatmap-cells": "cells",
    "4-heatmap-boxes": "boxes",
    "4-heatmap-smooth": "smooth",
    "4-heatmap-coloured": "coloured",
    "5-magma": "magma",
    "5-turbo": "turbo",
    "5-faint": "faint",
    "5-strong": "strong",
    "6-with-softmax": "with_softmax",
    "6-without-softmax": "without",
    "7-lite1": "other_overlay",
}
"""The pictures of the page, and what the code on the page calls them."""


class Page(HTMLParser):
    """The tags of a page, and the text of its elements of some kinds."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)
        self.html = html

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def texts(self, tag):
        found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", self.html, re.DOTALL)
        return [unescape(re.sub(r"<[^>]+>", "\n", text)).replace("\xa0", " ") for text in found]


@pytest.fixture(scope="module")
def tour(tmp_path_factory, lite0, lite1):
    folder = tmp_path_factory.mktemp("tour") / "deep" / "folder"
    logits = demo.efficientnet_lite0(classifier_activation=None)
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setattr(  # the networks as they are, loaded once for all tests
            demo,
            "efficientnet_lite0",
            lambda classifier_activation=0: classifier_activation and logits or lite0,
        )
        patch.setattr(demo, "efficientnet_lite1", lambda: lite1)
        code = main(["--output", str(folder)])
        html = (folder / "index.html").read_text(encoding="utf-8")
        names = {}
        for snippet in Page(html).texts("code")[:7]:
            exec(snippet, names)
    return SimpleNamespace(
        code=code, folder=folder, out=out.getvalue(), page=Page(html), names=names, logits=logits
    )
