"""The card in a real browser: what is seen, and what a mouse and a keyboard do."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import camlight
from camlight import Explanation, TargetExplanation
from tests.browser.seeing import assert_as_before, far_off, shot

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\' onload="alert(3)&'


def pointed_at(page, heatmap, row, column, card=0):
    """Put the pointer on a cell and return what the card says."""
    box = page.locator(".camlight-cells").nth(card).bounding_box()
    x = box["x"] + box["width"] * (column + 0.5) / heatmap.shape[1]
    y = box["y"] + box["height"] * (row + 0.5) / heatmap.shape[0]
    page.mouse.move(x, y)
    return page.locator(".camlight-reading").nth(card).inner_text()


def slide(page, percent):
    page.get_by_label("Opacity").fill(str(percent))


@pytest.mark.parametrize("percent", [0, 30, 65, 100])
def test_looks_as_format_as_image_does(look, expl, percent):
    """At every place of the slider: 1.5 of 255 off in the mean, 99 of 100 values less than 6."""
    page = look(camlight.format_as_html(expl))
    slide(page, percent)
    seen = shot(page.locator(".camlight-stage"), f"overlay-{percent}")
    one = replace(expl, targets=expl.targets[:1])
    drawn = camlight.format_as_image(one, alpha_limit=percent / 100)
    off = far_off(seen, drawn.resize(seen.size, Image.Resampling.BICUBIC))
    assert off.mean() < 1.5
    assert np.quantile(off, 0.99) < 6


def test_the_slider_stands_at_the_limit(look, expl):
    page = look(camlight.format_as_html(expl, alpha_limit=0.4))
    assert page.get_by_label("Opacity").input_value() == "40"
    assert page.locator(".camlight-opacity output").inner_text() == "40 %"
    slide(page, 10)
    assert page.locator(".camlight-opacity output").inner_text() == "10 %"


def test_the_switcher(look, expl):
    page = look(camlight.format_as_html(expl))
    radios = page.get_by_role("radio")
    assert [radio.is_checked() for radio in radios.all()] == [True, False, False]
    page.get_by_text("espresso").click()
    assert [radio.is_checked() for radio in radios.all()] == [False, True, False]
    seen = shot(page.locator(".camlight-stage"), "overlay-espresso")
    drawn = camlight.format_as_image(replace(expl, targets=[expl.targets[1]]))
    off = far_off(seen, drawn.resize(seen.size, Image.Resampling.BICUBIC))
    assert off.mean() < 1.5
    alt = page.locator("img.camlight-picture").get_attribute("alt")
    assert "espresso" in alt
    assert "lower right, 100" in alt


def test_the_value_under_the_pointer(look, expl):
    page = look(camlight.format_as_html(expl))
    for number, target in enumerate(expl.targets):
        page.get_by_role("radio").nth(number).check()
        for row, column in np.ndindex(target.heatmap.shape):
            value = f"{target.heatmap[row, column]:.3f}"
            words = f"{value} at row {row}, column {column}"
            assert pointed_at(page, target.heatmap, row, column) == words
    page.mouse.move(0, 0)
    assert page.locator(".camlight-reading").inner_text().startswith("Point at the picture")
    assert not page.locator(".camlight-frame").is_visible()


def test_the_cell_is_framed(look, expl):
    page = look(camlight.format_as_html(expl))
    pointed_at(page, expl.targets[0].heatmap, 2, 3)
    stage = page.locator(".camlight-stage").bounding_box()
    frame = page.locator(".camlight-frame").bounding_box()
    assert frame["x"] - stage["x"] == pytest.approx(stage["width"] * 3 / 6, abs=0.6)
    assert frame["y"] - stage["y"] == pytest.approx(stage["height"] * 2 / 4, abs=0.6)
    assert frame["width"] == pytest.approx(stage["width"] / 6, abs=0.6)


def test_cells_that_are_stored_as_one(look, photo):
    heatmap = np.random.default_rng(0).uniform(size=(160, 240))
    expl = Explanation("net", targets=[TargetExplanation(1, heatmap=heatmap)], image=photo)
    page = look(camlight.format_as_html(expl))
    mean = heatmap[4:6, 6:8].mean()
    words = pointed_at(page, heatmap[::2, ::2], 2, 3)
    assert words == f"{mean:.3f} mean of row 4 to 5, column 6 to 7"


def test_with_the_keyboard_alone(look, expl):
    page = look(camlight.format_as_html(expl))
    reading = page.locator(".camlight-reading")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert reading.inner_text() == "1.000 at row 1, column 1"  # the strongest comes first
    page.keyboard.press("ArrowRight")
    assert reading.inner_text() == "0.250 at row 1, column 2"
    assert reading.get_attribute("aria-live") == "polite"
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    assert reading.inner_text() == "0.000 at row 0, column 2"
    page.keyboard.press("Home")
    assert reading.inner_text() == "1.000 at row 1, column 1"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_label("Opacity").input_value() == "64"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("radio").nth(1).is_checked()
    assert "espresso" in page.locator("img.camlight-picture").get_attribute("alt")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("what it does").is_visible()


def test_what_a_screen_reader_finds(look, expl):
    page = look(camlight.format_as_html(expl))
    assert page.get_by_role("radiogroup", name="Target").count() == 1
    assert page.get_by_role("slider", name="Opacity").count() == 1
    assert page.get_by_role("radio", name="Egyptian cat").count() == 1
    assert page.get_by_role("img", name="upper left").count() == 1
    assert page.get_by_role("application", name="arrow keys").count() == 1


def test_two_cards_on_a_page_and_one_of_them_twice(look, expl):
    """As when a notebook shows an output in a second view: the same HTML again."""
    other = replace(expl, targets=expl.targets[::-1])
    card = camlight.format_as_html(expl)
    page = look(card + camlight.format_as_html(other) + card)
    page.get_by_role("radio").nth(1).check()
    checked = [radio.is_checked() for radio in page.get_by_role("radio").all()]
    assert checked == [False, True, False, True, False, False, True, False, False]
    page.get_by_label("Opacity").nth(1).fill("20")
    assert [one.input_value() for one in page.get_by_label("Opacity").all()] == ["65", "20", "65"]
    assert page.locator(".camlight-tools").count() == 3
    assert pointed_at(page, other.targets[0].heatmap, 2, 4, card=1).startswith("1.000")
    assert page.locator(".camlight-reading").nth(0).inner_text().startswith("Point")
    shot(page.locator("body"), "two-cards")


def test_hostile_names_are_words(look, photo):
    names = [HOSTILE, "قطة مصرية \u202etac", "very_long_name_" * 60]
    targets = [
        TargetExplanation(i, name=name, score=0.3, heatmap=np.eye(4))
        for i, name in enumerate(names)
    ]
    expl = Explanation(
        HOSTILE,
        description=HOSTILE,
        error=HOSTILE,
        method=HOSTILE,
        targets=targets,
        image=photo,
        layer=HOSTILE,
        warnings=[HOSTILE],
    )
    page = look(camlight.format_as_html(expl))
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 1
    shown = page.locator(".camlight-name").all_inner_texts()
    assert shown == names
    for name in range(3):
        page.get_by_role("radio").nth(name).check()
        assert names[name] in page.locator("img.camlight-picture").get_attribute("alt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page.locator("body"), "hostile")


def brightness(colour):
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))


LIGHT_LAB = '<script>document.documentElement.dataset.jpThemeLight = "true"</script>'
DARK_LAB = (
    '<script>document.documentElement.dataset.jpThemeLight = "false"</script>'
    "<style>:root { --jp-layout-color1: #111; --jp-content-font-color1: #eee }</style>"
)
DARK_CODE = (
    '<script>addEventListener("DOMContentLoaded", () => document.body.classList.add("vscode-dark"))'
    "</script><style>:root { --vscode-editor-background: #1e1e1e;"
    "--vscode-editor-foreground: #ddd }</style>"
)


@pytest.mark.parametrize(
    ("scheme", "head", "dark"),
    [
        ("light", "", False),
        ("dark", "", True),
        ("dark", LIGHT_LAB, False),
        ("light", DARK_LAB, True),
        ("light", DARK_CODE, True),
    ],
    ids=["light", "dark", "light-lab", "dark-lab", "dark-code"],
)
def test_light_and_dark(look, expl, request, scheme, head, dark):
    expl.warnings = ["The softmax is saturated."]
    page = look(camlight.format_as_html(expl), scheme=scheme, head=head)
    style = "element => getComputedStyle(element)"
    paper = page.locator(".camlight-card").evaluate(f"{style}.backgroundColor")
    ink = page.locator(".camlight-title").evaluate(f"{style}.color")
    bright, other = (brightness(ink), brightness(paper))[:: 1 if dark else -1]
    assert bright > 600
    assert other < 150
    name = request.node.callspec.id
    seen = shot(page.locator(".camlight"), f"card-{name}")
    if not head:
        # 6 of 255 in the mean: other fonts make 2, the other theme makes more than 50
        assert_as_before(seen, f"card-{name}", mean=6, size=(116, 60))


def test_on_a_phone(look, expl):
    page = look(camlight.format_as_html(expl), width=390)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stage = page.locator(".camlight-stage").bounding_box()
    panel = page.locator(".camlight-panel").bounding_box()
    assert panel["y"] >= stage["y"] + stage["height"]
    seen = shot(page.locator(".camlight"), "card-phone")
    assert_as_before(seen, "card-phone", mean=8, size=(75, 140))


def test_the_picture_as_before(look, expl):
    """Without words: 2 of 255 in the mean are what decoders and scalers may differ by."""
    page = look(camlight.format_as_html(expl))
    seen = shot(page.locator(".camlight-stage"), "overlay")
    assert_as_before(seen, "overlay", mean=2, size=(90, 60))


def test_without_scripts_and_styles(look, expl):
    """As notebooks that aren't trusted show it: the picture with the first map, in one piece."""
    whole = camlight.format_as_html(expl, include_styles=False)
    page = look(whole[: whole.index("<script>")])
    seen = shot(page.locator("img"), "bare")
    drawn = camlight.format_as_image(replace(expl, targets=expl.targets[:1]))
    assert seen.size == drawn.size
    assert far_off(seen, drawn).mean() < 1.5
    assert page.get_by_text("espresso").is_visible()


def test_an_error(look):
    page = look(camlight.format_as_html(Explanation("net", error="No spatial layer.")))
    assert page.get_by_role("alert").inner_text() == "Error: No spatial layer."
    shot(page.locator(".camlight"), "error")
