"""Places where the number may hide that a layer multiplies its input by.

Each function returns such a layer, and another function that makes the number 3 instead of 1.
"""

import sys
import weakref
from collections import deque
from functools import partial, wraps
from importlib import import_module
from types import MappingProxyType, ModuleType, SimpleNamespace

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


def a_large_dict():
    held = dict.fromkeys(range(5000), 1.0)
    own = Holding(held, lambda held: held[3000])
    return own, lambda _: own._self_held.__setitem__(3000, 3.0)


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


def a_memoryview():
    held = memoryview(bytearray([1]))
    return Holding(held, lambda held: float(held[0])), lambda _: held.__setitem__(0, 3)


def a_bare_module():
    held = import_module("tensorflow").Module()
    held.factor = 1.0
    return Holding(held, lambda held: held.factor), lambda _: setattr(held, "factor", 3.0)


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


def code_of_a_function():
    def once(x):
        return x * 1.0

    def thrice(x):
        return x * 3.0

    return keras.layers.Lambda(once), lambda _: setattr(once, "__code__", thrice.__code__)


def code_of_a_method():
    class Own(Holding):
        def call(self, inputs):
            return inputs * 1.0

    def call(self, inputs):
        return inputs * 3.0

    return Own(None, None), lambda _: setattr(Own.call, "__code__", call.__code__)


def class_of_a_layer():
    class Other(Holding):
        kind_factor = 3.0

    own = Holding(None, lambda _: 1.0)
    return own, lambda _: setattr(own, "__class__", Other)


def a_float_of_its_own():
    class Factor(float):
        pass

    own = Holding(Factor(1), float)
    return own, lambda _: setattr(own, "_self_held", Factor(3))


def attribute_of_a_dict():
    class Held(dict):
        factor = 1.0

    held = Held()
    return keras.layers.Lambda(lambda x: x * held.factor), lambda _: setattr(held, "factor", 3.0)


def private_slot():
    class Held:
        __slots__ = ("__factor",)

        def __init__(self):
            self.set(1.0)

        def set(self, factor):
            self.__factor = factor

        def get(self):
            return self.__factor

    held = Held()
    return Holding(held, Held.get), lambda _: held.set(3.0)


def list_in_a_tuple():
    own = Holding(None, None)
    own.pair = (keras.layers.Identity(), [1.0])
    own.factor = lambda _: own.pair[1][0]
    return own, lambda _: own.pair[1].__setitem__(0, 3.0)


def weak_reference():
    held = Settings()
    own = Holding(weakref.ref(held), lambda held: held().factor)
    return own, lambda _: setattr(held, "factor", 3.0)


def view_of_a_dict():
    held = {"factor": 1.0}
    own = Holding(MappingProxyType(held), lambda held: held["factor"])
    return own, lambda _: held.__setitem__("factor", 3.0)


def wrapped_to_look_like_keras():
    factor = [1.0]

    @wraps(keras.activations.relu)
    def times(x):
        return x * factor[0]

    return keras.layers.Activation(times), lambda _: factor.__setitem__(0, 3.0)


def imported_as_it_runs():
    class Own(keras.layers.Layer):
        def call(self, inputs):
            from camlight_test_settings import factor

            return inputs * factor

    sys.modules["camlight_test_settings"] = held = ModuleType("camlight_test_settings")
    held.factor = 1.0
    RESTORE.append(lambda: sys.modules.pop("camlight_test_settings"))
    return Own(), lambda _: setattr(held, "factor", 3.0)


def method_found_by_a_made_up_name():
    class Own(keras.layers.Layer):
        def call(self, inputs):
            return getattr(self, "run_" + "fast")(inputs)

        def run_fast(self, inputs):
            return inputs * FACTOR

    return Own(), setting("FACTOR")


def method_in_a_list():
    class Own(keras.layers.Layer):
        def call(self, inputs):
            return self.steps[0](inputs)

        def first(self, inputs):
            return self.second(inputs)

        def second(self, inputs):
            return inputs * FACTOR

    own = Own()
    own.steps = [own.first]
    return own, setting("FACTOR")


def method_called_by_a_helper():
    class Helper:
        def run(self, layer, inputs):
            return layer.times(inputs)

    class Own(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.helper = Helper()

        def call(self, inputs):
            return self.helper.run(self, inputs)

        def times(self, inputs):
            return inputs * FACTOR

    return Own(), setting("FACTOR")


def property_that_keras_reads():
    class Own(keras.layers.LeakyReLU):
        @property
        def negative_slope(self):
            return FACTOR

        @negative_slope.setter
        def negative_slope(self, _):
            pass

    class Negative(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.own = Own()

        def call(self, inputs):
            return -self.own(-inputs)

    return Negative(), setting("FACTOR")


HIDDEN = [
    *(closure, bound_method, partial_function, default_of_a_function, a_deque, slots, deep),
    *(a_layer_that_keras_does_not_know_of, attribute_of_a_class, method_of_a_class),
    *(class_held, class_of_an_object, module_held, attribute_of_a_function, a_bytearray),
    *(
        a_memoryview,
        a_large_dict,
        list_in_an_array,
        global_of_a_lambda,
        global_of_a_function_that_is_called,
    ),
    *(global_of_a_property, global_dict, global_class, global_module),
    *(code_of_a_function, code_of_a_method, class_of_a_layer, a_float_of_its_own),
    *(attribute_of_a_dict, private_slot, list_in_a_tuple, weak_reference, view_of_a_dict),
    *(wrapped_to_look_like_keras, imported_as_it_runs, method_found_by_a_made_up_name),
    *(method_in_a_list, method_called_by_a_helper, property_that_keras_reads),
    *map(an_attribute, ["history", "loss", "optimizer", "compiled", "output_names", "momentum"]),
    *map(an_attribute, ["_nodes", "_jit_compile", "_run_eagerly"]),
    *([a_bare_module] if keras.config.backend() == "tensorflow" else []),
]
