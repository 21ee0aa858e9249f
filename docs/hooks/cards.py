"""Make the method cards while the site is built, out of what each method's docstring says.

On a page, ``<!-- contact sheet -->`` stands for all pictures at a glance, ``<!-- cards -->`` for a
card of every entry of `METHODS`, and ``<!-- functions -->`` for the reference of each. A card's
text is the docstring's: its first line, its warnings, and the list in its notes, whose items begin
with `LABELS`. Pictures and times are made by ``make cards``.
"""

from __future__ import annotations

import json
import re
from html import escape
from inspect import Parameter, cleandoc, signature
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from PIL import Image

import camlight
from camlight.methods.method import read_method

PICTURES = Path(__file__).parents[1] / "pictures" / "methods"
LABELS = ("Formula", "Paper", "Assumes", "Cost", "Fails", "Advice")
OPTIONAL = {"Advice"}
SHEET, CARDS, MEASURED = "<!-- contact sheet -->", "<!-- cards -->", "<!-- measured on -->"
FUNCTIONS = "<!-- functions -->"
ADDRESS = re.compile(r"https://[^\s,)]*[^\s,.):]")
QUESTIONS = ("Egyptian cat?", "Espresso?", "Cat, in the middle")
SMALL = (
    "*The demo has no vision transformer with real weights. This is a small one, trained for a "
    "minute to tell five of the demo's photos apart: it shows what such a map looks like, not how "
    "well the method does.*"
)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the cards where their marks stand."""
    if SHEET in markdown:
        markdown = markdown.replace(SHEET, contact_sheet())
        markdown = markdown.replace(MEASURED, measured_on())
    if CARDS in markdown:
        cards = [card(name, function) for name, function in camlight.METHODS.items()]
        markdown = markdown.replace(CARDS, "\n".join(cards))
    return markdown.replace(FUNCTIONS, "\n".join(map(reference, camlight.METHODS.values())))


def contact_sheet() -> str:
    """Return all pictures at a glance, each a link to its card."""
    photo = (
        '<span><img src="pictures/methods/photo.webp" alt="Half a cat\'s face on the left, a cup '
        'of espresso on the right"><strong>The photo</strong></span>\n'
    )
    cells = [_cell(name, read_method(name, {}).title) for name in camlight.METHODS]
    return f'<div class="contact-sheet">\n{photo}{"".join(cells)}</div>\n'


def card(name: str, function: Any) -> str:
    """Return the card of one method.

    Raises
    ------
    PluginError
        If its docstring lacks a part. Until ``make cards`` is run, a new method has neither
        picture nor time.
    """
    method, figure, said = read_method(name, {}), _figure(name), notes(name, function)
    said["Cost"] += _measured(name)
    facts = [f"<dt>{label}</dt>\n<dd>{_html(_begun(text))}</dd>\n" for label, text in said.items()]
    return (
        f"## {method.title} {{ #{_anchor(name)} .method }}\n\n"
        f"{_html(_begun(method.sentence))}.\n\n{figure}\n"
        f"{SMALL if _of_tokens(name) else ''}\n\n{_warning(function)}"
        f'<dl class="method">\n{"".join(facts)}</dl>\n\n'
        f"```python\n{call(name, function)}\n```\n\n"
        f"[All its parameters](reference/methods.md#{path(function)})\n"
    )


def notes(name: str, function: Any) -> dict[str, str]:
    """Return what the notes of a method's docstring say, by their labels."""
    text = _section(function, "Notes")
    parts = re.split(rf"^- ({'|'.join(LABELS)}): ", text, flags=re.MULTILINE)
    said = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    if missing := [one for one in LABELS if one not in said and one not in OPTIONAL]:
        raise PluginError(
            f"Expected the notes of method `{name}` to have an item that begins with "
            f"`- {missing[0]}: `. Received: {', '.join(said) or 'none of ' + ', '.join(LABELS)}."
        )
    return {label: said[label] for label in LABELS if label in said}


def call(name: str, function: Any) -> str:
    """Return the call, with the method's options at their defaults."""
    options = {
        one.name: one.default
        for one in signature(function).parameters.values()
        if one.default not in (Parameter.empty, None)
    }
    asked = f", method_options={options!r}".replace("'", '"') if options else ""
    first, rest = "expl = camlight.explain_prediction(", f'method="{name}"{asked}'
    model = "transformer" if _of_tokens(name) else "model"
    if not asked:
        return f"{first}{model}, photo, {rest}, **how)"
    return f"{first}\n    {model}, photo, **how, {rest}\n)"


def reference(function: Any) -> str:
    """Return what mkdocstrings makes the reference of a method of, under the name to import."""
    name = function.__name__
    options = f"    options:\n      heading: camlight.methods.{name}\n      toc_label: {name}\n"
    return f"::: {path(function)}\n{options}"


def path(function: Any) -> str:
    """Return where a function is defined, as ``"package.module.function"``."""
    return f"{function.__module__}.{function.__qualname__}"


def measured_on() -> str:
    """Return the sentence that says what the times were measured on."""
    found = measured()
    return (
        f"Times are those of one picture and one target, once warm, on {found['cores']} cores with "
        f"TensorFlow, {found['date']}. The prediction alone takes {_time(found['network'])}."
    )


def measured() -> dict[str, Any]:
    """Return the times that ``make cards`` wrote down, and what they were measured on."""
    found: dict[str, Any] = json.loads((PICTURES / "measured.json").read_text(encoding="utf-8"))
    return found


def _cell(name: str, title: str) -> str:
    alt = f"{escape(title)}: what speaks for Egyptian cat"
    picture = f'<img src="pictures/methods/{name}.webp" loading="lazy" alt="{alt}">'
    shown = picture if _is_drawn(name) else ""
    return f'<a href="#{_anchor(name)}">{shown}<span>{escape(title)}</span></a>\n'


def _figure(name: str) -> str:
    if not _is_drawn(name):
        return ""
    path, method = f"{name}.webp", read_method(name, {})
    with Image.open(PICTURES / path) as picture:
        panels = round(picture.width / picture.height)
    words = "".join(f"<span>{word}</span>" for word in QUESTIONS[:panels])
    return (
        f'<figure class="method panels-{panels}">\n'
        f'<img src="pictures/methods/{path}" loading="lazy" '
        f'alt="{escape(method.title)} of the photo, asked for the cat and for the espresso">\n'
        f"<figcaption>{words}</figcaption>\n</figure>\n"
    )


def _is_drawn(name: str) -> bool:
    return (PICTURES / f"{name}.webp").is_file()


def _measured(name: str) -> str:
    found = measured()
    if name not in found["methods"]:
        return ""
    took = found["methods"][name]
    if _of_tokens(name):
        return f" Measured: {_time(took)} on the small transformer."
    times = took / found["network"]
    ratio = f"{times:.{0 if times >= 10 else 1}f}"
    return f" Measured: {_time(took)}, {ratio} times the network's prediction alone."


def _time(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"


def _warning(function: Any) -> str:
    text = _section(function, "Warnings")
    return f'<div class="admonition warning">\n<p>{_html(text)}</p>\n</div>\n\n' if text else ""


def _section(function: Any, title: str) -> str:
    """Return the text of one section of a numpydoc docstring, or an empty text."""
    found = re.search(
        rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)",
        cleandoc(function.__doc__ or ""),
        re.DOTALL | re.MULTILINE,
    )
    return found[1].strip() if found else ""


def _html(text: str) -> str:
    """Return a docstring's text as HTML: code, and links that say where they lead."""
    html = re.sub(r"``?(.+?)``?", r"<code>\1</code>", escape(text, quote=False))
    return ADDRESS.sub(lambda found: f'<a href="{found[0]}">{_said(found[0])}</a>', html)


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


def _said(address: str) -> str:
    kind, _, rest = address.removeprefix("https://").partition("/")
    if kind == "arxiv.org":
        return "arXiv:" + rest.removeprefix("abs/")
    return f"doi:{rest}" if kind == "doi.org" else f"{kind}/{rest}"


def _of_tokens(name: str) -> bool:
    return "token_grid" in read_method(name, {}).needs


def _anchor(name: str) -> str:
    return name.replace("++", "-plus-plus")
