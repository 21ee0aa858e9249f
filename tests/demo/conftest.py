from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from camlight import demo


@pytest.fixture(scope="session")
def lite0() -> keras.Model:
    return demo.efficientnet_lite0()


@pytest.fixture(scope="session")
def lite1() -> keras.Model:
    return demo.efficientnet_lite1()


@pytest.fixture(scope="session")
def batch_for() -> Callable[..., Any]:
    """Photographs, squeezed to the input of a model and preprocessed."""

    def make(model: keras.Model, *names: str) -> Any:
        size = model.input_shape[2], model.input_shape[1]
        photos = [demo.photo(name).resize(size, Image.Resampling.BICUBIC) for name in names]
        return demo.preprocess_input(np.stack([np.asarray(photo) for photo in photos]))

    return make
