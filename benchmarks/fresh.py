"""Functions called in processes of their own.

``python -m benchmarks.fresh module:function ARGUMENTS FILE`` calls one with the arguments, in
JSON, and writes what it returns to the file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from .words import without_paths

__all__ = ["ProcessError", "call"]

ROOT = Path(__file__).parent.parent


class ProcessError(RuntimeError):
    """The process ended with an error; the message is its last line."""


def call(
    name: str, *, python: str = sys.executable, backend: str = "tensorflow", **arguments: Any
) -> Any:
    """Return what ``module:function`` returns for the arguments in a fresh process.

    Raises
    ------
    ProcessError
        If it fails, or takes longer than half an hour.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "returned.json")
        line = [python, "-W", "ignore", "-m", "benchmarks.fresh", name, json.dumps(arguments), file]
        try:
            done = subprocess.run(
                line,
                env=_environment(backend),
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=1800,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{name} took longer than half an hour") from error
        if done.returncode:
            words = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
            raise ProcessError(without_paths(words[-1]))
        return json.loads(file.read_text(encoding="utf-8"))


def _environment(backend: str) -> dict[str, str]:
    stand_ins = str(Path(__file__).parent / "stand_ins") if backend == "torch" else None
    paths = [path for path in (stand_ins, os.environ.get("PYTHONPATH")) if path]
    # an installed package has its bytecode: camlight, here as source, may keep its own
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(paths),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # the same on all machines: TensorFlow turns it on by itself on some CPUs only
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def main() -> None:
    """Call the function named in the command line."""
    name, arguments, file = sys.argv[1:]
    module, _, function = name.partition(":")
    returned = getattr(import_module(module), function)(**json.loads(arguments))
    Path(file).write_text(json.dumps(returned), encoding="utf-8")


if __name__ == "__main__":
    main()
