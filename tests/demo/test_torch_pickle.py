import os
import pickle

import pytest
from handmade_torch import DICTIONARY, FLOATS, dictionary, legacy_file, plain, storage, tensor


class Malice:
    """Unpickled the ordinary way, it runs a shell command that leaves a directory."""

    def __init__(self, path):
        self.command = f'mkdir "{path}"'

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("place", ["magic", "version", "machine", "tensors", "keys"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_code_in_a_pickle_is_refused_and_not_run(place, protocol, read, tmp_path):
    witness = tmp_path / "witness"
    malicious = pickle.dumps(Malice(witness), protocol)
    pickle.loads(malicious)
    assert witness.exists()
    witness.rmdir()

    if place == "tensors":
        content = legacy_file(malicious)
    else:
        tensors = dictionary(x=tensor((24,), (1,)))
        content = legacy_file(tensors, protocol=protocol, **{place: Malice(witness)})
    with pytest.raises(pickle.UnpicklingError, match=rf"received the name {os.name}\.system"):
        read(content)
    assert not witness.exists()


@pytest.mark.parametrize(
    "name", ["builtins eval", "torch HalfStorage", "torch._utils _rebuild_parameter", "os environ"]
)
def test_all_other_names_are_refused(name, read):
    module, attribute = name.split()
    content = f"c{module}\n{attribute}\n.".encode()
    with pytest.raises(pickle.UnpicklingError, match=f"received the name {module}.{attribute}"):
        read(legacy_file(content))


def test_a_pickle_cannot_change_what_it_is_read_with(read):
    state = plain((None, {"__doc__": "changed"}))
    for target in (b"ctorch._utils\n_rebuild_tensor_v2\n", FLOATS, storage()):
        with pytest.raises(pickle.UnpicklingError, match="expected a readable pickle"):
            read(legacy_file(b"\x80\x02" + target + state + b"b."))


@pytest.mark.parametrize(
    "pid",
    [
        plain("storage"),
        plain(("module", "x", "a", "cpu", 24, None)),
        plain(("storage", "<f8", "a", "cpu", 24, None)),
        plain(("storage", "<f4", "a", "cpu", 24, ("view", 0, 12))),
        plain(("storage", "<f4", "a", "cpu", "24", None)),
    ],
)
def test_unknown_persistent_ids_are_refused(pid, read):
    with pytest.raises(pickle.UnpicklingError, match="received the persistent id"):
        read(legacy_file(dictionary(x=tensor((24,), (1,), of=pid + b"Q"))))


def test_one_key_for_two_storages_is_refused(read):
    content = dictionary(x=tensor((24,), (1,)), y=tensor((12,), (1,), of=storage("a", 12)))
    with pytest.raises(pickle.UnpicklingError, match="received the persistent id"):
        read(legacy_file(content))


@pytest.mark.parametrize(
    ("sizes", "strides", "offset"), [((24,), (1, 1), 0), ((24.0,), (1,), 0), ((24,), (1,), None)]
)
def test_tensors_without_proper_sizes_are_refused(sizes, strides, offset, read):
    with pytest.raises(pickle.UnpicklingError, match="a storage, an offset, sizes and strides"):
        read(legacy_file(dictionary(x=tensor(sizes, strides, offset))))


@pytest.mark.parametrize("content", [plain(7), plain({"x": 7}), DICTIONARY + b"(K\x07K\x07u"])
def test_anything_but_a_dictionary_of_tensors_is_refused(content, read):
    with pytest.raises(pickle.UnpicklingError, match="expected a dictionary of tensors by name"):
        read(legacy_file(b"\x80\x02" + content + b"."))
