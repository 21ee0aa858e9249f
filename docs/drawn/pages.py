"""Draw what the README and two pages show, by their own code; ``make pictures`` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from docs.hooks.shown import run
from examples.page import HERE, steps_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"


def main() -> None:
    """Draw all of it anew."""
    for name, picture in drawn().items():
        picture.save(FOLDER / name, quality=90)
        print(f"drew {name}, {picture.width} x {picture.height}")


def drawn() -> dict[str, Image.Image]:
    """Return the pictures by the names of their files."""
    tour: dict[str, Any] = {}
    exec(steps_of(HERE / "tour.py")[0].code, tour)
    [labelled] = tour["shown"].values()
    pictures = {
        "readme.webp": labelled,
        "first-call.webp": _end_of_first_block("README.md"),
        "one-minute.png": _end_of_first_block("docs/one-minute.md"),
    }
    return {name: picture.convert("RGB") for name, picture in pictures.items()}


def _end_of_first_block(page: str) -> Image.Image:
    _, picture = next(run((ROOT / page).read_text(encoding="utf-8"), page))
    assert isinstance(picture, Image.Image)
    return picture


if __name__ == "__main__":
    main()
