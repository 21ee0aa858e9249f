"""What a fresh process loads, and how long it takes."""

import subprocess
import sys

HEAVY = (
    "IPython",
    "PIL",
    "jax",
    "keras",
    "matplotlib",
    "numpy",
    "pandas",
    "skimage",
    "tensorflow",
    "torch",
)


def fresh(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_after(code):
    heavy = f"{{m.partition('.')[0] for m in sys.modules}} & set({HEAVY})"
    return set(fresh(f"import sys; {code}; print(*sorted({heavy}))").split())


def test_import_loads_nothing_heavy():
    assert loaded_after("import camlight") == set()


def test_import_takes_less_than_a_tenth_of_a_second():
    code = "import time; t = time.perf_counter(); import camlight; print(time.perf_counter() - t)"
    assert min(float(fresh(code)) for _ in range(3)) < 0.1


def test_dispatch_loads_no_framework():
    assert loaded_after("import camlight; camlight.explain_prediction(1, 2)") == {"numpy"}


def test_a_picture_needs_no_keras_and_no_pyplot():
    code = (
        "import camlight, numpy as np; from PIL import Image;"
        "t = camlight.TargetExplanation(1, heatmap=np.eye(2));"
        "e = camlight.Explanation('net', targets=[t], image=Image.new('L', (4, 4)));"
        "camlight.format_as_image(e); camlight.format_as_text(e); e._repr_html_();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert loaded_after(code) == {"PIL", "matplotlib", "numpy"}


def test_the_first_picture_after_keras_loads_no_pyplot_of_its_own():
    code = (
        "import sys, keras, camlight, numpy as np; before = 'matplotlib.pyplot' in sys.modules;"
        "conv, pool = keras.layers.Conv2D(3, 3), keras.layers.GlobalAveragePooling2D();"
        "net = keras.Sequential([keras.Input((8, 8, 3)), conv, pool, keras.layers.Dense(2)]);"
        "doc = np.random.default_rng(0).normal(size=(1, 8, 8, 3));"
        "size = camlight.show_prediction(net, doc).size;"
        "print(size, before == ('matplotlib.pyplot' in sys.modules))"
    )
    assert fresh(code) == "(8, 8) True"


def test_every_public_name_loads():
    code = (
        "import camlight;"
        "assert set(camlight.__all__) < set(dir(camlight));"
        "assert all(getattr(camlight, name) is not None for name in camlight.__all__);"
        "assert all(getattr(camlight.formatters, n) for n in camlight.formatters.__all__);"
        "assert all(getattr(camlight.evaluate, n) for n in camlight.evaluate.__all__)"
    )
    fresh(code)


def test_every_place_of_eli5s_without_a_further_import():
    fresh(
        "import camlight as eli5, matplotlib.cm;"
        "eli5.formatters.image.expand_heatmap, eli5.formatters.image.heatmap_to_image;"
        "eli5.formatters.fields.ALL, eli5.formatters.format_as_dataframes;"
        "eli5.keras.explain_prediction.explain_prediction_keras, eli5.base.TargetExplanation;"
        "assert callable(eli5.keras.gradcam) and callable(eli5.keras.gradcam_backend);"
        "from camlight.keras.gradcam import gradcam; assert gradcam is eli5.keras.gradcam;"
        "assert eli5.ipython.show_prediction is eli5.show_prediction;"
        "assert eli5.explain.explain_prediction is eli5.explain_prediction"
    )


def test_the_same_whatever_was_imported_before():
    """Keras models are met when one is explained, or asked for: no sooner."""
    fresh(
        "import sys, keras, camlight; loaded = lambda: 'camlight.keras' in sys.modules;"
        "assert not loaded(); camlight.explain_prediction(1, 2); assert not loaded();"
        "known = camlight.explain_prediction.dispatch(keras.Sequential);"
        "assert loaded() and known is camlight.explain_prediction_keras"
    )
