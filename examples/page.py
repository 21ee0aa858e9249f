"""``python examples/page.py``: runs the steps of tour.py and writes a page of them, index.html."""

from __future__ import annotations

import argparse
import base64
import os
import re
from collections.abc import Iterator
from html import escape
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it when it is imported

from PIL import Image

import camlight

HERE = Path(__file__).parent


class Step(NamedTuple):
    """One step of a script: what ``# %%`` starts, the comment below it, and the code."""

    title: str
    text: str
    code: str


def main() -> None:
    """Run the tour, saying what it does, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=Path("demo-output"))
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    print("Loading a photo and two pretrained networks; nothing is downloaded.", flush=True)
    page = folder / "index.html"
    page.write_text(page_of(steps_of(HERE / "tour.py"), {}), encoding="utf-8")
    print(f"Done. Open {page.resolve()} in a browser.")


def steps_of(script: Path) -> list[Step]:
    """Read the steps of a script."""
    steps = []
    for part in script.read_text(encoding="utf-8").split("\n# %% ")[1:]:
        title, *lines = part.strip().splitlines()
        comment = list(takewhile(lambda line: line.startswith("# "), lines))
        text = " ".join(line.removeprefix("# ") for line in comment)
        steps.append(Step(title, text, "\n".join(lines[len(comment) :])))
    return steps


def page_of(steps: list[Step], names: dict[str, Any]) -> str:
    """Run the steps, one after the other, in one set of names, and return the page."""
    sections = list(_sections(steps, names))
    contents = (
        f'<li><a href="#step-{number}">{escape(step.title)}</a></li>'
        for number, step in enumerate(steps, 1)
    )
    template = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        version=escape(camlight.__version__),
        contents="\n".join(contents),
        sections="\n".join(sections),
    )


def _sections(steps: list[Step], names: dict[str, Any]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        print(f"Step {number} of {len(steps)}: {step.title}", flush=True)
        exec(step.code, names)
        figures = [_figure(label, what) for label, what in names["shown"].items()]
        text = re.sub(r"`(.+?)`", r"<code>\1</code>", escape(step.text))
        yield f"""\
<section id="step-{number}" aria-labelledby="heading-{number}">
<h2 id="heading-{number}"><span class="number">Step {number}</span> {escape(step.title)}</h2>
<p>{text}</p>
<div class="pictures in-{3 if len(figures) == 3 else 2}">
{"".join(figures)}</div>
<pre tabindex="0" aria-label="The code of step {number}"><code>{escape(step.code)}</code></pre>
</section>"""


def _figure(label: str, what: camlight.Explanation | Image.Image) -> str:
    """Return a picture with its label; an explanation also says what it found and where."""
    if isinstance(what, Image.Image):
        image, fact = what, ""
    else:
        image = camlight.format_as_image(what)
        fact = camlight.format_as_text(what, show=["targets"]).partition("\n")[0]
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "WEBP", quality=85)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    alt = escape(f"{label}: {fact}" if fact else label)
    wide = ' class="wide"' if image.width > 2 * image.height else ""
    return f"""\
<figure{wide}>
<img src="data:image/webp;base64,{data}" width="{image.width}" height="{image.height}" alt="{alt}">
<figcaption><strong>{escape(label)}</strong><span>{escape(fact)}</span></figcaption>
</figure>
"""


if __name__ == "__main__":
    main()
