"""Attention is heard in the thread that asked, and comes out as it always did."""

import threading

import keras
import numpy as np
import pytest
from keras.src.backend import nn

from camlight.keras.run.hooks import attention_hook, hooked
from tests.references import array


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": 0.3},
        {"is_causal": True},
        {"mask": np.arange(24).reshape(1, 1, 4, 6) % 5 > 0},
        {"mask": np.arange(6).reshape(1, 1, 1, 6) != 1, "is_causal": True},
        {"bias": np.linspace(-2, 2, 72, dtype="float32").reshape(1, 3, 4, 6)},
    ],
)
def test_step_by_step_gives_what_the_kernel_gives(rng, options):
    query = rng.normal(size=(2, 4, 3, 5)).astype("float32")
    key, value = (rng.normal(size=(2, 6, 3, 5)).astype("float32") for _ in range(2))
    heard = []

    def note(output):
        heard.append(array(output))
        return output

    expected = array(keras.ops.dot_product_attention(query, key, value, **options))
    with hooked([attention_hook(note)]):
        given = array(keras.ops.dot_product_attention(query, key, value, **options))
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-6)
    [attention] = heard
    assert attention.shape == (2, 3, 4, 6)
    np.testing.assert_allclose(attention.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.einsum("bnts,bsnh->btnh", attention, value), given, atol=1e-5)


def test_what_is_passed_on_is_gone_on_with(rng):
    query = rng.normal(size=(1, 4, 1, 5)).astype("float32")
    with hooked([attention_hook(lambda output: 0 * output + 0.5)]):
        given = array(keras.ops.dot_product_attention(query, query, query))
    np.testing.assert_allclose(
        given, np.broadcast_to(query.sum(axis=1) / 2, given.shape), rtol=1e-5
    )


def test_other_softmaxes_are_not_heard():
    heard = []
    with hooked([attention_hook(lambda output: heard.append(1) or output)]):
        keras.ops.softmax(np.ones((2, 3), "float32"))
        keras.ops.softmax(np.ones((2, 3, 4), "float32"), axis=1)
    assert not heard


def test_other_threads_are_not_heard():
    heard, done = [], []

    def elsewhere():
        done.append(array(keras.ops.softmax(np.zeros((1, 2, 2), "float32"))))

    with hooked([attention_hook(lambda output: heard.append(1) or output)]):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert not heard
        keras.ops.softmax(np.zeros((1, 2, 2), "float32"))
        assert len(heard) == 1
    np.testing.assert_allclose(done, np.full((1, 1, 2, 2), 0.5))


def test_no_trace_is_left_after_an_error():
    before = nn.softmax, nn.dot_product_attention

    def fail(output):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), hooked([attention_hook(fail)]):
        keras.ops.softmax(np.zeros((1, 2, 2), "float32"))
    assert (nn.softmax, nn.dot_product_attention) == before


def test_backend_functions_are_never_missing():
    """Others call them all the while that somebody begins and ends to listen."""
    errors, stop = [], threading.Event()

    def elsewhere():
        while not stop.is_set():
            try:
                nn.softmax, nn.dot_product_attention  # noqa: B018
            except AttributeError as error:
                errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    for _ in range(3000):
        with hooked([attention_hook(lambda output: output)]):
            pass
    stop.set()
    thread.join()
    assert not errors
