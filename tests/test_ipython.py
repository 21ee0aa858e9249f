import keras
import numpy as np
import pytest
from IPython.display import HTML
from PIL import Image

import camlight


def test_a_picture_to_show(network, doc):
    shown = camlight.show_prediction(network, doc, targets=[1], layer="conv", alpha_limit=0.3)
    expl = camlight.explain_prediction(network, doc, targets=[1], layer="conv")
    assert shown == camlight.format_as_image(expl, alpha_limit=0.3)
    assert shown != camlight.format_as_image(expl)


def test_every_argument_of_the_formatter(network, doc, picture):
    arguments = {
        "resampling_filter": Image.Resampling.BOX,
        "colormap": lambda heat: np.repeat(heat[..., np.newaxis], 4, axis=2),
        "alpha_limit": None,
    }
    shown = camlight.show_prediction(network, doc, image=picture, **arguments)
    expl = camlight.explain_prediction(network, doc, image=picture)
    assert shown == camlight.format_as_image(expl, **arguments)
    assert camlight.show_prediction(network, doc, image=picture, show=("method",)) is not None


def test_several_targets_as_a_picture(network, doc):
    arguments = {"layout": "grid", "signed": True, "contours": 2, "text_size": 20}
    shown = camlight.show_prediction(network, doc, targets=[1, 2], **arguments)
    expl = camlight.explain_prediction(network, doc, targets=[1, 2])
    assert shown == camlight.format_as_image(expl, **arguments)
    assert isinstance(camlight.show_prediction(network, doc, targets=[1, 2]), HTML)


@pytest.mark.parametrize(
    "asked",
    [{"signed": True}, {"contours": 2}, {"text_size": 20}, {"resampling_filter": 4}],
    ids=lambda asked: "".join(asked),
)
def test_what_only_a_picture_can_show_is_not_passed_over(network, doc, asked):
    shown = camlight.show_prediction(network, doc, targets=[1, 2], **asked)
    expl = camlight.explain_prediction(network, doc, targets=[1, 2])
    assert shown == camlight.format_as_image(expl, **asked)
    as_ever = {"signed": False, "contours": 0, "text_size": None, "layout": None}
    assert isinstance(camlight.show_prediction(network, doc, targets=[1, 2], **as_ever), HTML)


def test_an_error_to_show():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="<table>")
    shown = camlight.show_prediction(model, np.ones((1, 4)), include_styles=False)
    assert isinstance(shown, HTML)
    assert "&lt;table&gt;" in shown.data
    assert "<style>" not in shown.data
    assert isinstance(camlight.show_prediction(model, np.ones((1, 4)), layout="grid"), HTML)


def test_a_misspelt_argument_of_the_formatter(network, doc):
    with pytest.raises(TypeError, match="show_prediction.. got .* 'colourmap'. Did .* `colormap`?"):
        camlight.show_prediction(network, doc, colourmap=None)


def test_another_types_explainer_is_given_what_was_asked_alone():
    class Oracle:
        pass

    class Diviner:
        pass

    @camlight.explain_prediction.register(Oracle)
    def explain_oracle(model, doc, depth=1):
        return camlight.Explanation("oracle", description=f"{doc} at {depth}")

    @camlight.explain_prediction.register(Diviner)
    def explain_diviner(model, doc, **anything):
        return camlight.Explanation("diviner", description=f"{anything}")

    shown = camlight.show_prediction(Oracle(), "tomorrow", depth=3, layout=None)
    assert "tomorrow at 3" in shown.data
    with pytest.raises(TypeError, match="argument 'dept'"):
        camlight.show_prediction(Oracle(), "tomorrow", dept=3)
    assert "dept" in camlight.show_prediction(Diviner(), "tomorrow", dept=3).data
