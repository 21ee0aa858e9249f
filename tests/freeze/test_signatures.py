"""No public name goes, none is called otherwise than it was."""

from tests.freeze.signatures import SNAPSHOT, today


def test_every_signature_is_as_it_was():
    frozen = set(SNAPSHOT.read_text(encoding="utf-8").splitlines())
    gone = sorted(frozen - set(today()))
    assert not gone, (
        "where a signature was meant to change, run `python -m tests.freeze.signatures`"
    )
