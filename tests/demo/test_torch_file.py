import pickle
import struct

import numpy as np
import pytest
from handmade_torch import LONGS, dictionary, legacy_file, storage, tensor

from camlight.demo.torch_file import MAGIC_NUMBER, read_tensors


@pytest.mark.parametrize(
    ("sizes", "strides", "offset"),
    [
        ((2, 3, 4), (12, 4, 1), 0),
        ((4, 3, 2), (1, 4, 12), 0),
        ((3, 2), (2, 7), 5),
        ((4, 5), (0, 1), 19),
        ((24, 1, 1), (1, 24, 999), 0),
        ((), (), 23),
    ],
)
def test_sizes_strides_and_offsets_are_honoured(sizes, strides, offset, read):
    [array] = read(legacy_file(dictionary(x=tensor(sizes, strides, offset)))).values()
    assert array.shape == sizes
    assert array.flags.c_contiguous
    assert array.dtype == np.float32
    for index in np.ndindex(sizes):
        assert array[index] == offset + np.dot(index, strides)


def test_storages_are_told_apart_and_can_be_shared(read):
    arrays = read(
        legacy_file(
            dictionary(
                count=tensor((), (), of=storage("b", 1, LONGS)),
                low=tensor((12,), (1,)),
                high=tensor((12,), (1,), offset=12),
            ),
            {"b": np.array([2**40], dtype="<i8"), "a": np.arange(24, dtype="<f4")},
        )
    )
    assert list(arrays) == ["count", "low", "high"]
    assert arrays["count"] == 2**40
    assert arrays["count"].dtype == np.int64
    np.testing.assert_array_equal(np.concatenate([arrays["low"], arrays["high"]]), np.arange(24))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"magic": 42}, f"magic number {MAGIC_NUMBER}, received 42"),
        ({"version": 1002}, "protocol version 1001, received 1002"),
        ({"machine": {"little_endian": False}}, "expected little_endian=True"),
        ({"keys": ["b"]}, "the key of each storage once"),
        ({"keys": ["a", "a"]}, "the key of each storage once"),
        ({"keys": "a"}, "the key of each storage once"),
        (
            {"storages": {"a": np.arange(23, dtype="<f4")}},
            "24 elements in storage 'a', received 23",
        ),
    ],
)
def test_other_headers_and_storages_are_refused(change, message, read):
    with pytest.raises(pickle.UnpicklingError, match=message):
        read(legacy_file(dictionary(x=tensor((24,), (1,))), **change))


def test_files_of_the_newer_format_are_refused(read):
    with pytest.raises(pickle.UnpicklingError):
        read(b"PK\x03\x04" + bytes(100))


def test_a_file_cut_short_anywhere_is_refused(read):
    whole = legacy_file(dictionary(x=tensor((2, 3, 4), (1, 2, 6))))
    assert read(whole)["x"].sum() == np.arange(24).sum()
    for length in range(len(whole)):
        with pytest.raises(pickle.UnpicklingError):
            read(whole[:length])


def test_bytes_after_the_last_storage_are_refused(read):
    with pytest.raises(pickle.UnpicklingError, match="end of the file after the last storage"):
        read(legacy_file(dictionary(x=tensor((24,), (1,)))) + b"\0")


@pytest.mark.parametrize("length", [10**15, -1])
def test_a_storage_larger_than_the_file_is_refused(length, read):
    content = legacy_file(dictionary(x=tensor((24,), (1,), of=storage(length=length))), {"a": ()})
    content = content[:-8] + struct.pack("<q", length)
    with pytest.raises(pickle.UnpicklingError, match="received a file with 0 bytes left"):
        read(content)


@pytest.mark.parametrize(
    ("sizes", "strides", "offset"),
    [
        ((25,), (1,), 0),
        ((24,), (1,), 1),
        ((), (), 24),
        ((), (), -1),
        ((2, 3), (23, 1), 0),
        ((2,), (-1,), 5),
        ((-2,), (1,), 0),
        ((0,), (1,), 0),
        ((10**9, 10**9), (0, 0), 0),
        ((2,), (10**30,), 0),
    ],
)
def test_tensors_that_reach_outside_their_storage_are_refused(sizes, strides, offset, read):
    with pytest.raises(pickle.UnpicklingError, match="'x', all inside its storage of 24"):
        read(legacy_file(dictionary(x=tensor(sizes, strides, offset))))


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "nothing.pth")
