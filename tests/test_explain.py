from inspect import Parameter, signature

import jedi
import pytest

import camlight
from camlight import Explanation, explain_prediction


def test_other_types_are_told_unsupported():
    expl = explain_prediction([1, 2], "doc", targets=[3])
    assert isinstance(expl, Explanation)
    assert expl.estimator == "[1, 2]"
    assert "builtins.list is not supported: expected a Keras 3 model" in expl.error
    assert expl.targets is None


def test_others_can_register_their_types():
    class Oracle:
        pass

    @explain_prediction.register(Oracle)
    def explain_oracle(model, doc, depth=1):
        return Explanation("oracle", description=f"{doc} at {depth}")

    assert explain_prediction(Oracle(), "tomorrow", depth=3).description == "tomorrow at 3"


EXPLAINING = dict(signature(camlight.explain_prediction_keras).parameters)
SHOWING = {"explain_prediction", "explain_prediction_keras", "show_prediction"}


@pytest.mark.parametrize("name", sorted({*SHOWING, "explain_predictions"}))
def test_every_argument_is_known_everywhere(name):
    """By its name, with its default and type, but for what depends on the number of pictures."""
    own = signature(getattr(camlight, name)).parameters
    for argument in list(EXPLAINING)[2:]:
        expected = EXPLAINING[argument]
        if name == "explain_predictions":
            expected = expected.replace(kind=Parameter.KEYWORD_ONLY)
            if argument == "image":
                continue
        if argument == "layer":  # its type is Keras's
            expected = expected.replace(annotation=own["layer"].annotation)
        assert own[argument] == expected


def test_show_prediction_has_the_formatters_arguments():
    own = signature(camlight.show_prediction).parameters
    image = dict(signature(camlight.format_as_image).parameters)
    html = dict(signature(camlight.format_as_html).parameters)
    assert set(own) - {"others"} == {*EXPLAINING, *image, *html} - {"expl", "explanation"}
    for argument, of_formatter in (html | image).items():
        if argument not in ("expl", "explanation", "colormap"):  # one colour map, by its name here
            assert own[argument].default == of_formatter.default


@pytest.mark.parametrize("name", sorted({*SHOWING, "explain_predictions"}))
def test_an_editor_lists_every_argument(name):
    code = f"import camlight\ncamlight.{name}("
    arguments = {*signature(getattr(camlight, name)).parameters} - {"others"}
    live = jedi.Interpreter(code.splitlines()[1], [{"camlight": camlight}])
    for script in (jedi.Script(code, path="some_code.py"), live):
        listed = {one.name.removesuffix("=") for one in script.complete()}
        assert listed >= arguments


@pytest.mark.parametrize("name", sorted({*SHOWING, "explain_predictions"}))
def test_a_misspelt_argument_is_told_the_one_that_was_meant(network, doc, name):
    with pytest.raises(TypeError, match="argument 'targest'. Did you mean `targets`?"):
        getattr(camlight, name)(network, doc, targest=[1])
    with pytest.raises(TypeError, match="argument 'zzz'. It takes: model, doc.*, method_options"):
        getattr(camlight, name)(network, doc, zzz=None)


def test_the_arguments_of_an_unknown_type_are_nobodys_concern():
    assert "not supported" in explain_prediction([1, 2], "doc", vec=3).error


def test_what_dispatch_finds_is_registered(network):
    assert explain_prediction.dispatch(type(network)) is camlight.explain_prediction_keras


def test_arguments_by_position_as_in_eli5(network, doc, picture):
    by_name = explain_prediction(network, doc, targets=[1], layer="conv", image=picture)
    assert explain_prediction(network, doc, [1], "conv", picture) == by_name
    assert camlight.explain_prediction_keras(network, doc, [1], "conv", picture) == by_name
