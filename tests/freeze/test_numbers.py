"""Maps, scores and layers are what they were when `make` wrote them down."""

import pytest

from tests.freeze.cases import difference, forms, methods
from tests.freeze.make import golden

# Keras quantizes what it can and names the rest; JAX has no float64 unless it is told to
pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning"),
]


@pytest.mark.parametrize("cases", [forms, methods], ids=["form", "method"])
def test_maps_scores_and_layers(cases, request):
    kind = request.node.callspec.id
    expected = {name: one for name, one in golden().items() if name.startswith(kind)}
    differ = {}
    for name, tolerance, outcome in cases():
        if name not in expected:
            continue
        said = difference(outcome, expected.pop(name), tolerance)
        differ |= {name: said} if said else {}
    assert not differ, "\n".join(f"{name}: {said}" for name, said in differ.items())
    assert not expected, "every case is still there"


@pytest.mark.parametrize("network", ["cnn", "vit"])
def test_most_methods_explain_both_networks(network):
    of_network = {n: facts for n, (facts, _) in golden().items() if n.endswith(f" on {network}")}
    explained = [name for name, facts in of_network.items() if "refused" not in facts]
    assert len(of_network) == 24
    assert len(explained) >= 21
