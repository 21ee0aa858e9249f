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


def test_unknown_arguments_are_refused(network, doc):
    with pytest.raises(TypeError, match="unexpected keyword argument 'targest'"):
        explain_prediction(network, doc, targest=[1])


def test_arguments_by_position_as_in_eli5(network, doc, picture):
    by_name = explain_prediction(network, doc, targets=[1], layer="conv", image=picture)
    assert explain_prediction(network, doc, [1], "conv", picture) == by_name
    assert camlight.explain_prediction_keras(network, doc, [1], "conv", picture) == by_name
