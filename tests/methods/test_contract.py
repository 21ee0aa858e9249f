"""What every entry of METHODS keeps to, tried out in a tiny world of NumPy.

A new method is found by itself. A new ingredient needs one line in `MADE`; a method that breaks a
rule for a good reason needs one in the rule's table of exceptions.
"""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature

import numpy as np
import pytest

from camlight import METHODS
from camlight.methods import INGREDIENTS
from camlight.methods.maps import relu_and_scale
from camlight.methods.method import read_method
from tests.forms.arithmetic import softmax

SIZES = [(4, 4), (1, 1), (3, 5), (6, 2)]
OTHER_SIZES = [(7,), (2, 3, 4)]
CHANNELS, CLASSES = 6, 5


@dataclass(frozen=True)
class World:
    """A picture, a model of it, and a target.

    A layer of `CHANNELS` features is seen behind a 1 x 1 convolution and a ReLU. The score of class
    t is ``scale * (sum(linear[t] * A) + 0.5 * sum(bent[t] * A)**2)``: curved, other at each place,
    and all its derivatives are known.
    """

    size: tuple[int, ...] = (4, 4)
    scale: float = 1.0
    order: tuple[int, ...] = tuple(range(CHANNELS))
    made: dict = field(default_factory=dict, compare=False)

    @cached_property
    def weights(self):
        rng = np.random.default_rng(len(self.size))
        order = list(self.order)
        bent = rng.normal(size=(CLASSES, *self.size, 1)) * rng.normal(size=CHANNELS) / 3
        return {
            "picture": rng.normal(size=(*self.size, 3)),
            "mix": rng.normal(size=(3, CHANNELS))[:, order],
            "linear": rng.normal(size=(CLASSES, *self.size, CHANNELS))[..., order],
            "bent": bent[..., order],
            "head": rng.normal(size=CHANNELS)[order],
        }

    def features(self, pictures):
        return np.maximum(pictures @ self.weights["mix"], 0.0)

    def scores(self, features, target=0):
        bend = self._along(self.weights["bent"][target], features)
        return self.scale * (self._along(self.weights["linear"][target], features) + bend**2 / 2)

    def gradients(self, features, target=0):
        bent = self.weights["bent"][target]
        bends = self._along(bent, features)
        bends = bends.reshape(*bends.shape, *[1] * bent.ndim)
        return self.scale * (self.weights["linear"][target] + bends * bent)

    def by_picture(self, pictures):
        features = self.features(pictures)
        return (self.gradients(features) * (features > 0)) @ self.weights["mix"].T

    def hessian_product(self, direction):
        bent = self.weights["bent"][0]
        return self.scale * np.sum(bent * direction) * bent

    def _along(self, direction, features):
        return np.sum(direction * features, axis=tuple(range(-direction.ndim, 0)))

    def __call__(self, name):
        """An ingredient; arrays are made once, and can't be written to."""
        if name not in self.made:
            self.made[name] = locked(MADE[name](self))
        return self.made[name]


def locked(value):
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    if isinstance(value, (list, tuple)):
        return type(value)(locked(part) for part in value)
    return value


def layer(world):
    return world.features(world.weights["picture"]).astype("float32")


def scorer(score):
    return lambda variants, count=None: np.array([score(variant) for variant in variants])


def by_tokens(world):
    """A number for each head and two of the tokens, one of which stands before the patches."""
    tokens = math.prod(world.size) + 1
    rng = np.random.default_rng(tokens)
    return rng.normal(size=(2, CHANNELS, tokens, tokens))[:, list(world.order)]


def views(world):
    return lambda pictures: (world.features(pictures), world.gradients(world.features(pictures)))


def guided(world):
    features = world.features(world.weights["picture"])
    gradients = np.maximum(world.gradients(features), 0) * (features > 0)
    return gradients @ world.weights["mix"].T


def biases(world):
    """As if the features had a bias, and a head another one."""
    gradients = world.gradients(layer(world))
    return [gradients * world.weights["head"], gradients.sum(axis=tuple(range(len(world.size))))]


MADE = {
    "activations": layer,
    "gradients": lambda world: world.gradients(layer(world)).astype("float32"),
    "hessian_product": lambda world: world.hessian_product,
    "similar_gradients": lambda world: (
        lambda count: np.stack(
            [world.gradients(layer(world), target) for target in range(1, CLASSES)][:count]
        )
    ),
    "class_weights": lambda world: world.scale * world.weights["head"],
    "picture": lambda world: world.weights["picture"].astype("float32"),
    "score_pictures": lambda world: scorer(lambda picture: world.scores(world.features(picture))),
    "score_activations": lambda world: scorer(world.scores),
    "attentions": lambda world: [*softmax(by_tokens(world)).astype("float32")],
    "attention_gradients": lambda world: [*(world.scale * by_tokens(world)).astype("float32")],
    "token_grid": lambda world: world.size,
    "picture_gradients": lambda world: world.by_picture(world.weights["picture"]),
    "gradients_of_pictures": lambda world: world.by_picture,
    "views_of_pictures": views,
    "guided_gradients": guided,
    "bias_gradients": biases,
}
"""For each of INGREDIENTS what it is in a world."""

_EXPONENTIAL = "the paper differentiates exp(score), whose shape depends on its scale"
NOT_SCALED = {
    "gradcam++": _EXPONENTIAL,
    "smoothgradcam++": _EXPONENTIAL,
    "scorecam": "its weights are the softmax of the scores",
}
NOT_PERMUTED: dict[str, str] = {}
NOT_EMPTY = {"scorecam": "a softmax of equal scores gives every channel the same weight"}
FLAT: dict[str, str] = {}
"""Exceptions to the rules below, each with its reason."""


QUICK = {"masks": 100}
"""Options that cost nothing but time, at less than their defaults."""


def signed_map(name, world):
    options = signature(METHODS[name]).parameters
    return read_method(name, {one: QUICK[one] for one in options if one in QUICK})(world)


def heatmap(name, world):
    return relu_and_scale(signed_map(name, world))


def test_every_ingredient_is_made():
    missing = [name for name in INGREDIENTS if name not in MADE]
    assert not missing, f"say in MADE what {', '.join(missing)} is in a world"


@pytest.mark.parametrize("exceptions", [NOT_SCALED, NOT_PERMUTED, NOT_EMPTY, FLAT])
def test_exceptions_are_of_methods(exceptions):
    assert not set(exceptions) - set(METHODS)


def test_the_world_is_right():
    """The derivatives that are stated, against differences."""
    world = World((2, 3))
    at, step = world.features(world.weights["picture"]), 1e-6
    rng = np.random.default_rng(0)
    for target in range(CLASSES):
        way = rng.normal(size=at.shape)
        slope = (world.scores(at + step * way, target) - world.scores(at - step * way, target)) / 2
        assert np.sum(world.gradients(at, target) * way) == pytest.approx(slope / step, rel=1e-6)
    curved = (world.gradients(at + step * way) - world.gradients(at - step * way)) / (2 * step)
    np.testing.assert_allclose(world.hessian_product(way), curved, atol=1e-7)
    picture, way = world.weights["picture"], rng.normal(size=(2, 3, 3))
    ends = [world.scores(world.features(picture + sign * step * way)) for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * step)
    assert np.sum(world.by_picture(picture) * way) == pytest.approx(slope, rel=1e-6)
    two = np.stack([at, 2 * at])
    np.testing.assert_allclose(world.gradients(two)[1], world.gradients(2 * at))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", METHODS)
class TestEveryMethod:
    def test_gives_a_map_of_finite_numbers(self, name, size):
        signed = signed_map(name, World(size))
        assert signed.dtype == np.float64
        assert signed.shape == size
        assert np.isfinite(signed).all()
        scaled = relu_and_scale(signed)
        assert scaled.min() >= 0
        assert scaled.max() in (0, 1)

    def test_gives_the_same_again(self, name, size):
        """And writes to nothing that it is given: a world's arrays don't allow it."""
        world = World(size)
        first, second, other = (signed_map(name, w) for w in (world, world, World(size)))
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, other)

    def test_does_not_depend_on_the_unit_of_the_score(self, name, size):
        if name in NOT_SCALED:
            pytest.skip(NOT_SCALED[name])
        expected = heatmap(name, World(size))
        for scale in (1e-3, 7.0):
            np.testing.assert_allclose(heatmap(name, World(size, scale)), expected, atol=1e-5)

    def test_does_not_depend_on_the_order_of_the_channels(self, name, size):
        if name in NOT_PERMUTED:
            pytest.skip(NOT_PERMUTED[name])
        world = World(size)
        other = replace(world, order=(3, 0, 5, 1, 4, 2), made={})
        np.testing.assert_allclose(heatmap(name, other), heatmap(name, world), atol=1e-5)

    def test_is_empty_where_the_score_is_constant(self, name, size):
        if name in NOT_EMPTY or not read_method(name).uses_target:
            pytest.skip(NOT_EMPTY.get(name, "it knows no target"))
        np.testing.assert_array_equal(heatmap(name, World(size, scale=0.0)), np.zeros(size))


@pytest.mark.parametrize("name", [name for name in METHODS if read_method(name).uses_target])
def test_what_speaks_against_is_another_map(name):
    """A counterfactual negates the score, and with it all its derivatives."""
    plain, against = (heatmap(name, World((4, 4), scale)) for scale in (1.0, -1.0))
    assert plain.max() == against.max() == 1
    if not read_method(name).is_signed:
        np.testing.assert_array_equal(plain, against)
        return
    assert np.abs(plain - against).max() > 0.01


@pytest.mark.parametrize("size", OTHER_SIZES)
@pytest.mark.parametrize("name", METHODS)
def test_signals_and_volumes_are_explained_or_refused_in_words(name, size):
    if name in FLAT:
        with pytest.raises(ValueError, match="Expected"):
            signed_map(name, World(size))
        return
    signed = signed_map(name, World(size))
    assert signed.shape == size
    assert np.isfinite(signed).all()


@pytest.mark.parametrize("name", METHODS)
def test_the_docstring_says_what_a_reader_needs(name):
    doc = METHODS[name].__doc__
    for section in ("Parameters", "Returns", "Notes", "Examples"):
        assert f"    {section}\n    -" in doc, section
    for label in ("Formula", "Paper", "Assumes", "Cost", "Fails"):
        assert f"    - {label}: " in doc, label
