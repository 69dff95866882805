"""Figures as one canonical JSON text: the thing that is hashed, printed from, and attached to the PDF."""

from qhplan import __version__
from reports.canonical import canonical, plain, sha256
from reports.rollup.values import PlanFigures


def figures_json(figures: PlanFigures, *, is_sample: bool) -> bytes:
    """The canonical text of a plan's figures; its form is docs/figures-schema.json."""
    return canonical({**plain(figures), "is_sample": is_sample, "release": __version__})


__all__ = ["figures_json", "sha256"]
