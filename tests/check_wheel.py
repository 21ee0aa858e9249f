"""Build the wheel, install it into an empty environment, and use it there from outside."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent

USE = """
import sys, importlib.metadata
import camlight
assert camlight.__version__ == importlib.metadata.version("camlight")
assert not {"keras", "numpy", "PIL", "matplotlib", "IPython"} & set(sys.modules)

import numpy as np
from PIL import Image
target = camlight.TargetExplanation(1, score=0.5, heatmap=np.eye(2))
expl = camlight.Explanation("net", targets=[target], image=Image.new("RGB", (8, 8)))
assert camlight.format_as_image(expl).size == (8, 8)
assert "y=1" in camlight.format_as_text(expl)
assert "<style>" in expl._repr_html_() and "<script>" in expl._repr_html_()
assert camlight.install_as_eli5().mode == "replaced"
import eli5.formatters.image
assert eli5 is camlight
from importlib.resources import files
assert files("camlight").joinpath("py.typed").is_file()
print("the wheel works:", camlight.__version__)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "build", "--outdir", folder, str(ROOT)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        [wheel] = Path(folder).glob("*.whl")
        [sdist] = Path(folder).glob("*.tar.gz")
        empty = Path(folder, "venv")
        venv.create(empty, with_pip=True)
        python = str(empty / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True)
        subprocess.run([python, "-c", USE], check=True, cwd=folder)
        print(wheel.name, sdist.name)


if __name__ == "__main__":
    main()
