"""Hooks come and go without a trace, in whatever order, whatever interrupts them."""

import gc
import sys

import keras
import pytest

from camlight.keras.run import hooks as module
from camlight.keras.run.hooks import attributes_of, finish, hooked, output_hook


@pytest.fixture
def layer():
    return keras.layers.ReLU()


def adding(number):
    return lambda output: output + number


def test_hooks_of_several_users_are_chained(layer):
    outer = hooked([output_hook(layer, adding(1)), output_hook(layer, lambda output: output * 10)])
    with outer:
        assert float(layer(keras.ops.ones(()))) == 20
        with hooked([output_hook(layer, adding(3))]):
            assert float(layer(keras.ops.ones(()))) == 23
        assert float(layer(keras.ops.ones(()))) == 20
    assert float(layer(keras.ops.ones(()))) == 1
    assert "call" not in vars(layer)


@pytest.mark.parametrize("first", [0, 1])
def test_the_last_to_leave_takes_the_wrapper_away(layer, first):
    both = [hooked([output_hook(layer, adding(1))]) for _ in range(2)]
    for one in both:
        module._wrap(layer, "call", one)
    module._unwrap((id(layer), "call"), both[first])
    assert "call" in vars(layer)
    assert "call" not in attributes_of(layer)
    module._unwrap((id(layer), "call"), both[1 - first])
    assert "call" not in vars(layer)


def test_what_others_put_in_its_place_stays(layer):
    own = lambda inputs: inputs * 7  # noqa: E731 # as a user's own call
    with hooked([output_hook(layer, adding(1))]):
        layer.call = own
        assert float(layer(keras.ops.ones(()))) == 7
        with hooked([output_hook(layer, adding(2))]):
            assert float(layer(keras.ops.ones(()))) == 10
    assert layer.call is own


def test_an_own_call_is_put_back_while_it_was_hooked(layer):
    layer.call = own = lambda inputs: inputs * 7
    with hooked([output_hook(layer, adding(1))]):
        assert float(layer(keras.ops.ones(()))) == 8
        assert attributes_of(layer)["call"] is own
    assert layer.call is own


def lines_run(action):
    """How many lines of the module the action runs through."""
    return _traced(action, None)


def _traced(action, stop_at):
    count = 0

    def local(frame, event, argument):
        nonlocal count
        if event == "line":
            count += 1
            if count == stop_at:
                raise KeyboardInterrupt
        return local

    def start(frame, event, argument):
        return local if frame.f_code.co_filename == module.__file__ else None

    before = sys.gettrace()
    sys.settrace(start)
    try:
        action()
    finally:
        sys.settrace(before)
        while module._lock._is_owned():  # no signal comes between a `with` block and its end
            module._lock.release()
    return count


def test_a_signal_at_any_line_on_the_way_in_leaves_nothing():
    def enter(one):
        one.__enter__()

    def make():
        layers = [keras.layers.ReLU(), keras.layers.ReLU()]
        return layers, hooked([output_hook(layer, adding(1)) for layer in layers])

    _, one = make()
    count = lines_run(lambda: enter(one))
    one.__exit__(None, None, None)
    assert count > 20
    for line in range(2, count - 1):  # not before anything is done, nor once all of it is
        layers, one = make()
        with pytest.raises(KeyboardInterrupt):
            _traced(lambda one=one: enter(one), line)
        assert not any("call" in vars(layer) for layer in layers), line
        assert float(layers[0](keras.ops.ones(()))) == 1
    assert not module._wrappers


@pytest.mark.parametrize("line", [1, 2, 3, 4, 6, 8])
def test_a_signal_on_the_way_out_leaves_nothing_for_long(layer, line):
    one = hooked([output_hook(layer, adding(1))])
    one.__enter__()
    with pytest.raises(KeyboardInterrupt):
        _traced(lambda one=one: one.__exit__(None, None, None), line)
    del one  # as soon as nobody holds the error any more
    gc.collect()
    assert "call" not in vars(layer)
    assert module._detours.get({}) == {}


def test_an_interrupt_waits_until_all_is_done():
    left, done = [1, 2, 3], []

    def action(number):
        if number == 2 and 2 not in done:
            done.append(2)
            raise KeyboardInterrupt
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        finish(left, action)
    assert done == [3, 2, 2, 1]
    assert left == []
