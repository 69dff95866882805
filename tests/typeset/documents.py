"""Real documents of several kinds, without a database: five briefs and a supervision notice. As a program, renders them
into a folder."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _brief(kind: str, ref: str) -> bytes:
    from reports.briefs.render import render
    from tests.briefs import example
    from tests.briefs.test_kinds import MORE, figures

    content = figures(kind, ref, "完善制造业创新体系", **MORE[kind])
    return render(json.dumps(content).encode(), example.ISSUED).pdf


def _quarterly() -> bytes:
    from reports.briefs.render import render
    from tests.briefs import example

    return render(example.frozen(), example.ISSUED).pdf


def _notice() -> bytes:
    from reports.supervision import document
    from reports.supervision.values import Ground
    from tests.supervision.test_document import missing, notice

    return document.render(notice(Ground.MISSING, missing(25))).pdf


DOCUMENTS: dict[str, Callable[[], Any]] = {
    "quarterly": _quarterly,
    "one_page": lambda: _brief("one_page", ""),
    "group": lambda: _brief("group", "2"),
    "agency": lambda: _brief("agency", "a1"),
    "annual": lambda: _brief("annual", ""),
    "notice": _notice,
}


def write(folder: Path) -> None:
    """Render all documents in this process."""
    for name, render in DOCUMENTS.items():
        (folder / f"{name}.pdf").write_bytes(render())


if __name__ == "__main__":
    import django

    django.setup()
    write(Path(sys.argv[1]))
