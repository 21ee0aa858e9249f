import sys

import pytest

from camlight import demo

SIZES = {
    "camera": (512, 512),
    "chelsea": (451, 300),
    "coffee": (600, 400),
    "grace_hopper": (512, 600),
    "motorcycle": (741, 500),
    "rocket": (640, 427),
}


@pytest.mark.parametrize("name", SIZES)
def test_photos_are_rgb_at_their_own_size(name):
    image = demo.photo(name)
    assert (image.mode, image.size) == ("RGB", SIZES[name])
    assert any(high - low > 150 for low, high in image.getextrema())


def test_each_call_opens_a_new_image():
    demo.photo("chelsea").putpixel((0, 0), (1, 2, 3))
    assert demo.photo("chelsea").getpixel((0, 0)) != (1, 2, 3)


def test_the_listed_photos_show_different_classes():
    assert set(demo.PHOTOS) == set(SIZES) - {"rocket"}
    assert len(set(demo.PHOTOS.values())) == len(demo.PHOTOS)


def test_the_list_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        demo.PHOTOS["chelsea"] = 281


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="received 'chelsae'") as caught:
        demo.photo("chelsae")
    assert all(repr(name) in str(caught.value) for name in SIZES)


def test_without_the_package_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)  # Python's way to block an import
    with pytest.raises(ImportError, match=r'pip install "camlight\[demo\]"'):
        demo.photo("chelsea")
