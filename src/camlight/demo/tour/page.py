"""The page: one section for each step, with all pictures inside it."""

import base64
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from camlight import __version__
from camlight.demo.tour.facts import percent
from camlight.demo.tour.parts import Answer, Picture, Step
from camlight.demo.tour.png import png_bytes


def page(steps: Sequence[Step]) -> str:
    """Write the page.

    Parameters
    ----------
    steps : sequence of Step
        In the order of the page.

    Returns
    -------
    str
        HTML that needs no other file.
    """
    template = files("camlight.demo.tour").joinpath("page.html").read_text(encoding="utf-8")
    numbered = list(enumerate(steps, start=1))
    return Template(template).substitute(
        version=escape(__version__),
        contents="\n".join(
            f'<li><a href="#step-{number}">{escape(step.title)}</a></li>'
            for number, step in numbered
        ),
        sections="\n".join(_section(number, step) for number, step in numbered),
    )


def _section(number: int, step: Step) -> str:
    heading = f'id="heading-{number}"'
    figures = "\n".join(_figure(picture) for picture in step.pictures)
    return f"""\
<section id="step-{number}" aria-labelledby="heading-{number}">
<h2 {heading}><span class="number">Step {number}</span> {escape(step.title)}</h2>
<p>{_unbroken(step.text)}</p>
<div class="pictures in-{3 if len(step.pictures) % 3 == 0 else 2}">
{figures}
</div>
{_table(step.answers) if step.answers else ""}
<pre tabindex="0" aria-label="The code of step {number}"><code>{escape(step.code)}</code></pre>
</section>"""


def _figure(picture: Picture) -> str:
    data = base64.b64encode(png_bytes(picture.image)).decode("ascii")
    width, height = picture.image.size
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in picture.facts)
    return f"""\
<figure>
<img src="data:image/png;base64,{data}" width="{width}" height="{height}" \
alt="{escape(picture.alt)}">
<figcaption><strong>{escape(picture.label)}</strong>{facts}</figcaption>
</figure>"""


def _table(answers: Sequence[Answer]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(answer.name)}</th>'
        f'<td class="share"><span class="bar" style="width:{answer.probability * 100:.1f}%">'
        f"</span>{_unbroken(percent(answer.probability, 1))}</td>"
        f"<td>{_unbroken(answer.where)}</td></tr>"
        for answer in answers
    )
    return f"""\
<table>
<caption>The five best answers. <em>Where to look</em> names the ninth of the photo that holds most
of the evidence, and its share.</caption>
<thead><tr><th scope="col">Class</th><th scope="col">Probability</th>\
<th scope="col">Where to look</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _unbroken(text: str) -> str:
    return escape(text).replace(" %", "&nbsp;%")
