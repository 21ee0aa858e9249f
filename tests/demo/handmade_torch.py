"""Legacy PyTorch files put together by hand, so that these tests need no PyTorch either."""

import pickle
import struct

import numpy as np

from camlight.demo.torch_file import MAGIC_NUMBER, PROTOCOL_VERSION

MACHINE = {"protocol_version": 1001, "little_endian": True}
DICTIONARY = b"ccollections\nOrderedDict\n)R"
FLOATS = b"ctorch\nFloatStorage\n"
LONGS = b"ctorch\nLongStorage\n"


def plain(value):
    return pickle.dumps(value, 2)[2:-1]  # without the opcodes that start and end a pickle


def storage(key="a", length=24, kind=FLOATS):
    return b"(" + plain("storage") + kind + b"".join(map(plain, (key, "cpu", length, None))) + b"tQ"


def tensor(sizes, strides, offset=0, of=None):
    view = b"".join(map(plain, (offset, tuple(sizes), tuple(strides), False)))
    rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n("
    return rebuild + (of or storage()) + view + DICTIONARY + b"tR"


def dictionary(**tensors):
    items = b"".join(plain(name) + value for name, value in tensors.items())
    return b"\x80\x02" + DICTIONARY + b"(" + items + b"u."


def legacy_file(tensors, storages=None, *, magic=MAGIC_NUMBER, version=PROTOCOL_VERSION, **more):
    if storages is None:
        storages = {"a": np.arange(24, dtype="<f4")}
    protocol = more.get("protocol", 2)
    content = b"".join(
        pickle.dumps(value, protocol) for value in (magic, version, more.get("machine", MACHINE))
    )
    content += tensors + pickle.dumps(more.get("keys", list(storages)), protocol)
    for numbers in storages.values():
        content += struct.pack("<q", len(numbers)) + np.asarray(numbers).tobytes()
    return content
