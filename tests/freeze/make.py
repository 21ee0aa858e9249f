"""Write down what every form and method gives today: ``python -m tests.freeze.make``.

The numbers come from TensorFlow; before they are written, the other backends must agree.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

BACKENDS = ("tensorflow", "jax", "torch")
GOLDEN = Path(__file__).with_name("golden.npz")
HEAD = "facts.json"


def write(outcomes):
    """Write the outcomes into one file: the facts as JSON, the arrays by their names."""
    arrays = {
        f"{name}/{part}": array
        for name, (_, of_one) in outcomes.items()
        for part, array in of_one.items()
    }
    names = {key: f"{number}" for number, key in enumerate(arrays)}
    head = {"facts": {name: facts for name, (facts, _) in outcomes.items()}, "arrays": names}
    text = np.frombuffer(json.dumps(head).encode(), "uint8")
    np.savez_compressed(GOLDEN, **{HEAD: text, **{names[key]: arrays[key] for key in arrays}})


def golden():
    """Read what `write` wrote: for each name its facts and arrays."""
    with np.load(GOLDEN) as file:
        stored = dict(file)
    head = json.loads(stored[HEAD].tobytes())
    outcomes = {name: (facts, {}) for name, facts in head["facts"].items()}
    for key, number in head["arrays"].items():
        name, _, part = key.rpartition("/")
        outcomes[name][1][part] = stored[number]
    return outcomes


def on(backend, path):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.freeze.make", str(path)],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_ENABLE_ONEDNN_OPTS": "1"},
        check=True,
    )
    return pickle.loads(path.read_bytes())


def main():
    from tests.freeze.cases import difference  # it loads Keras, for which `golden` needn't wait

    with tempfile.TemporaryDirectory() as folder:
        found = {backend: on(backend, Path(folder) / backend) for backend in BACKENDS}
    ours = found["tensorflow"]
    failed = {
        f"{backend}, {name}": said
        for backend, outcomes in found.items()
        for name, (tolerance, outcome) in outcomes.items()
        if (said := difference(outcome, ours[name][1], tolerance))
    }
    if failed:
        sys.exit("\n".join(f"{name}: {said}" for name, said in failed.items()))
    write({name: outcome for name, (_, outcome) in ours.items()})
    print(f"{len(ours)} cases, {GOLDEN.stat().st_size / 1e6:.2f} MB")


def of_this_backend(path):
    import camlight
    from tests.freeze.cases import everything

    print(os.environ["KERAS_BACKEND"], camlight.__file__)
    found = {name: (tolerance, outcome) for name, tolerance, outcome in everything()}
    Path(path).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    of_this_backend(sys.argv[1]) if len(sys.argv) > 1 else main()
