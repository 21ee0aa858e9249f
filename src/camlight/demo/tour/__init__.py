"""A tour of camlight in seven steps, written as a page with pictures."""

from camlight.demo.tour.run import run

__all__ = ["run"]
