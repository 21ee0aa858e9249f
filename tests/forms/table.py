"""The README's table of forms and backends, made by explaining them all.

``python -m tests.forms.table`` writes it.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
START, END = "<!-- forms: made by `make forms` -->\n", "<!-- end of forms -->\n"


def on_every_backend(module, folder):
    """Run a module with a path to save to, once on each backend; return these paths."""
    paths = {backend: Path(folder) / backend for backend in BACKENDS}

    def run(backend):
        done = subprocess.run(
            [sys.executable, "-W", "ignore::UserWarning", "-m", module, str(paths[backend])],
            env={**os.environ, "KERAS_BACKEND": backend},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, BACKENDS))
    return paths


def maps(paths):
    return {backend: dict(np.load(f"{path}.npz")) for backend, path in paths.items()}


def table(paths):
    """The table in Markdown."""
    found = {
        backend: json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
        for backend, path in paths.items()
    }
    lines = [f"| Form of model | {' | '.join(BACKENDS.values())} |", "|---|---|---|---|"]
    for row in found["tensorflow"]:
        lines.append(f"| {row} | {' | '.join(found[backend][row] for backend in BACKENDS)} |")
    return "\n".join([*lines, ""])


def in_readme():
    return README.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = table(on_every_backend("tests.forms.run", folder))
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{START}{made}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
