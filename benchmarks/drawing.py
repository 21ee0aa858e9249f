"""Drawing a map over a large photograph, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Any

import numpy as np

from .timing import in_turn, summary

__all__ = ["drawing", "importing"]


def drawing(width: int, height: int, rounds: int) -> dict[str, Any]:
    """Time camlight, ELI5 and the bare operations of Pillow; say whether the pixels are equal."""
    import eli5.base
    import eli5.formatters.image
    import matplotlib
    from PIL import Image

    import camlight

    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype="uint8"))
    heatmap = rng.uniform(size=(7, 7))
    heatmap /= heatmap.max()
    ours = camlight.Explanation(
        "net", targets=[camlight.TargetExplanation(1, heatmap=heatmap)], image=picture
    )
    theirs = eli5.base.Explanation(
        "net", targets=[eli5.base.TargetExplanation(1, heatmap=heatmap)], image=picture
    )

    def bare() -> Image.Image:
        coloured = matplotlib.colormaps["viridis"](heatmap)
        coloured[..., 3] = np.minimum(heatmap, 0.65)
        small = Image.fromarray((coloured * 255).astype("uint8"))
        large = small.resize(picture.size, Image.Resampling.LANCZOS)
        return Image.alpha_composite(picture.convert("RGBA"), large)

    jobs = {
        "bare Pillow": bare,
        "camlight": lambda: camlight.format_as_image(ours),
        "eli5": lambda: eli5.formatters.image.format_as_image(theirs),
    }
    pixels = [np.asarray(job()) for job in jobs.values()]
    times = {name: summary(found) for name, found in in_turn(jobs, rounds, 60).items()}
    base = times["bare Pillow"]["median_ms"]
    return {
        "size": [width, height],
        "same_pixels": all(np.array_equal(pixels[0], other) for other in pixels[1:]),
        "times": {
            name: found | {"ratio": round(found["median_ms"] / base, 3)}
            for name, found in times.items()
        },
    }


def importing(rounds: int) -> dict[str, float]:
    """Return the milliseconds that ``import camlight`` takes, the median of fresh processes."""
    code = "import time; t = time.perf_counter(); import camlight; print(time.perf_counter() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(rounds)
    ]
    return {"import_ms": round(median(times) * 1e3, 2), "n": rounds}
