"""Explain large networks on this process's backend, and save the maps.

``python -m tests.large_networks out`` writes ``out.npz``.
"""

import sys

import keras
import numpy as np

import camlight
from camlight import demo
from tests.references import patchwork, randomize


def explained():
    picture = np.asarray(demo.photo("chelsea").resize((224, 224)))[np.newaxis]
    lite0, doc = demo.efficientnet_lite0(), demo.preprocess_input(picture)
    yield "lite0", lite0, doc, {}
    inside = {"targets": [282], "layer": "block5b_expand_activation"}
    yield "lite0 inside", lite0, doc, inside
    outer = keras.Input((224, 224, 3))
    yield "nested", keras.Model(outer, lite0(outer)), doc, {}
    seeds = {"MobileNetV2": 1, "ResNet50": 1, "EfficientNetB0": 2, "ConvNeXtTiny": 1}
    for name, seed in seeds.items():
        model = getattr(keras.applications, name)(weights=None, classes=10)
        doc = patchwork(model.input_shape[1:3], seed=11)
        yield name, randomize(model, doc, seed), doc, {}


def main(path):
    maps = {}
    for name, model, doc, arguments in explained():
        target = camlight.explain_prediction(model, doc, **arguments).targets[0]
        maps[name] = target.raw_map
        maps[f"{name} score"] = np.array([target.score])
    np.savez(f"{path}.npz", **maps)


if __name__ == "__main__":
    main(sys.argv[1])
