"""The command ``python -m camlight.demo``: explanations of a photo, on one page."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the command line.

    Returns
    -------
    int
        The exit code: 0, or 2 if the folder can't be written to or a package is missing.
    """
    folder = _parser().parse_args(argv).output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file has that name" if folder.is_file() else error.strerror
        return _failed(f"expected --output to be a folder, received '{folder}': {reason}.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from camlight.demo.tour import run  # TensorFlow reads the variable when it is imported

        page = run(folder, say=lambda line: print(line, flush=True))
    except ImportError as error:
        return _failed(str(error))
    except PermissionError as error:
        return _failed(f"expected a folder to write to, received '{folder}': {error.strerror}.")
    print(f"Done. Open {page.resolve()} in a browser.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m camlight.demo",
        description=(
            "Explain what two pretrained networks see in a photo, in seven steps. Writes a page, "
            "index.html, and its pictures as PNG files. Nothing is downloaded."
        ),
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path("demo-output"),
        help="where to write them (default: %(default)s)",
    )
    return parser


def _failed(message: str) -> int:
    print(f"python -m camlight.demo: error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
