"""Places where the number may hide that a layer multiplies its input by.

Each function returns such a layer, and another function that makes the number 3 instead of 1.
"""

from collections import deque
from functools import partial
from types import ModuleType, SimpleNamespace

import keras
import numpy as np

from tests.keras.compiling import Settings


class Slotted:
    __slots__ = ("factor",)

    def __init__(self):
        self.factor = 1.0

    def times(self, x):
        return x * self.factor


class Holding(keras.layers.Layer):
    """Multiplies its input by what it finds in `held`."""

    kind_factor = 1.0

    def __init__(self, held, factor):
        super().__init__(name="holding")
        self._self_held = held
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor(self._self_held) * self.kind_factor


def keyword(x, factor):
    return x * factor


def with_default(x, settings={"factor": 1.0}):  # noqa: B006 # what it tests
    return x * settings["factor"]


def closure():
    factor = [1.0]
    return keras.layers.Lambda(lambda x: x * factor[0]), lambda _: factor.__setitem__(0, 3.0)


def bound_method():
    held = Slotted()
    return keras.layers.Activation(held.times), lambda _: setattr(held, "factor", 3.0)


def partial_function():
    function = partial(keyword, factor=1.0)
    change = lambda _: function.keywords.__setitem__("factor", 3.0)  # noqa: E731
    return keras.layers.Lambda(function), change


def default_of_a_function():
    def change(_):
        with_default.__defaults__[0]["factor"] = 3.0

    with_default.__defaults__[0]["factor"] = 1.0
    return keras.layers.Lambda(with_default), change


def a_deque():
    held = deque([1.0])
    return Holding(held, lambda held: held[0]), lambda _: held.__setitem__(0, 3.0)


def slots():
    held = Slotted()
    return Holding(held, lambda held: held.factor), lambda _: setattr(held, "factor", 3.0)


def deep():
    def innermost(held):
        return held["a"]["b"]["c"]["d"]["e"]

    def change(model):
        innermost(model.get_layer("holding")._self_held)["f"] = 3.0

    held = {"a": {"b": {"c": {"d": {"e": {"f": 1.0}}}}}}
    return Holding(held, lambda held: innermost(held)["f"]), change


def a_layer_that_keras_does_not_know_of():
    held = SimpleNamespace(act=keras.layers.LeakyReLU(0.1))
    change = lambda _: setattr(held.act, "negative_slope", 0.3)  # noqa: E731
    return Holding(held, lambda held: held.act(keras.ops.full((1,), -1.0)) * -10.0), change


def attribute_of_a_class():
    class Own(Holding):
        pass

    return Own(None, lambda _: 1.0), lambda _: setattr(Own, "kind_factor", 3.0)


def method_of_a_class():
    class Own(Holding):
        pass

    return Own(None, lambda _: 1.0), lambda _: setattr(Own, "call", lambda self, x: x * 3.0)


def class_held():
    class Held:
        factor = 1.0

    return Holding(Held, lambda held: held.factor), lambda _: setattr(Held, "factor", 3.0)


def class_of_an_object():
    class Held:
        factor = 1.0

    return Holding(Held(), lambda held: held.factor), lambda _: setattr(Held, "factor", 3.0)


def module_held():
    held = ModuleType("settings")
    held.factor = 1.0
    return Holding(held, lambda held: held.factor), lambda _: setattr(held, "factor", 3.0)


def attribute_of_a_function():
    def times(x):
        return x * times.factor

    times.factor = 1.0
    return keras.layers.Lambda(times), lambda _: setattr(times, "factor", 3.0)


def a_bytearray():
    held = bytearray([1])
    return Holding(held, lambda held: float(held[0])), lambda _: held.__setitem__(0, 3)


def list_in_an_array():
    held = np.array([None], object)
    held[0] = [1.0]
    return Holding(held, lambda held: held[0][0]), lambda _: held[0].__setitem__(0, 3.0)


def an_attribute(name):
    """Of a name that Keras gives to what its models need to be trained, or PyTorch its modules."""

    def found():
        class Own(keras.layers.Layer):
            def call(self, inputs):
                return inputs * getattr(self, name)

        own = Own()
        setattr(own, name, 1.0)
        return own, lambda _: setattr(own, name, 3.0)

    found.__name__ = name
    return found


FACTOR = 1.0
FACTORS = {"all": 1.0}


def times_factor(x):
    return x * FACTOR


class WithGlobals(keras.layers.Layer):
    def call(self, inputs):
        return self.times(inputs) * FACTORS["all"] * Settings.factor * settings.factor

    def times(self, inputs):
        return times_factor(inputs) * self.own

    @property
    def own(self):
        return OWN


OWN = 1.0
settings = ModuleType("settings")
settings.factor = 1.0


def global_of_a_lambda():
    return keras.layers.Lambda(lambda x: x * FACTOR), setting("FACTOR")


def global_of_a_function_that_is_called():
    return WithGlobals(), setting("FACTOR")


def global_of_a_property():
    return WithGlobals(), setting("OWN")


def global_dict():
    return WithGlobals(), lambda _: changed(FACTORS.__setitem__, "all")


def global_class():
    return WithGlobals(), lambda _: changed(partial(setattr, Settings), "factor")


def global_module():
    return WithGlobals(), lambda _: changed(partial(setattr, settings), "factor")


def setting(name):
    return lambda _: changed(globals().__setitem__, name)


RESTORE = []


def changed(change, name):
    """Set a global variable to 3, until `put_back` is called."""
    RESTORE.append(lambda: change(name, 1.0))
    change(name, 3.0)


def put_back():
    while RESTORE:
        RESTORE.pop()()


HIDDEN = [
    *(closure, bound_method, partial_function, default_of_a_function, a_deque, slots, deep),
    *(a_layer_that_keras_does_not_know_of, attribute_of_a_class, method_of_a_class),
    *(class_held, class_of_an_object, module_held, attribute_of_a_function, a_bytearray),
    *(list_in_an_array, global_of_a_lambda, global_of_a_function_that_is_called),
    *(global_of_a_property, global_dict, global_class, global_module),
    *map(an_attribute, ["history", "loss", "optimizer", "compiled", "output_names", "momentum"]),
    *map(an_attribute, ["_nodes", "_jit_compile", "_run_eagerly"]),
]
