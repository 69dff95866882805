"""Which patches of WeasyPrint are installed, on which versions."""

import logging
import re
import tomllib
from types import SimpleNamespace

import pytest
from django.conf import settings

from reports.typeset.weasyprint_patches import installation
from reports.typeset.weasyprint_patches.replacement import Replacement

LOG = "reports.typeset.weasyprint_patches.installation"


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A pretended WeasyPrint with one function patch, one speed patch, and `version` as that of WeasyPrint."""
    library = SimpleNamespace(draw=lambda stream, box: "own", layout=lambda box: "own", version="70.0")
    library.patches = {
        "drawing": (Replacement(library, "draw", ("stream", "box"), lambda stream, box: "ours"),),
        "speed.layout": (Replacement(library, "layout", ("box",), lambda box: "sooner"),),
    }
    monkeypatch.setattr(installation, "FUNCTION", ("drawing",))
    monkeypatch.setattr(installation, "SPEED", ("speed.layout",))
    monkeypatch.setattr(installation, "_replacements", library.patches.__getitem__)
    tested = installation.TESTED_VERSIONS
    monkeypatch.setattr(
        installation.importlib.metadata,
        "version",
        lambda name: library.version if name == "weasyprint" else tested[name],
    )
    return library


def install(*, speedups: bool = True) -> bool:
    return installation.install.__wrapped__(speedups=speedups)


def test_all_patches_are_installed_on_the_tested_versions(
    pretended: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    assert install()
    assert (pretended.draw(1, 2), pretended.layout(1)) == ("ours", "sooner")
    assert caplog.messages == []


def test_another_version_has_no_speed_patches_and_one_line_in_the_log(
    pretended: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    pretended.version = "70.1"
    assert not install()
    assert (pretended.draw(1, 2), pretended.layout(1)) == ("ours", "own")
    assert caplog.record_tuples == [
        (
            LOG,
            logging.WARNING,
            "WeasyPrint without speed patches: weasyprint is 70.1, tested with 70.0",
        )
    ]


def test_the_switch_turns_the_speed_patches_off(
    pretended: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    assert not install(speedups=False)
    assert (pretended.draw(1, 2), pretended.layout(1)) == ("ours", "own")
    assert caplog.messages == ["WeasyPrint without speed patches: switched off by QHPLAN_PLAIN_WEASYPRINT"]


def test_a_function_patch_whose_original_has_changed_is_left_out(
    pretended: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    pretended.draw = lambda stream, box, clip: "own"
    pretended.__name__ = "weasyprint.draw"
    install()
    assert pretended.draw(1, 2, 3) == "own"
    assert caplog.record_tuples == [
        (
            LOG,
            logging.ERROR,
            "WeasyPrint patch drawing is left out: weasyprint.draw.draw takes (stream, box, clip)",
        )
    ]


def test_a_function_patch_whose_original_is_gone_is_left_out(
    pretended: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    del pretended.draw
    pretended.__name__ = "weasyprint.draw"
    install()
    assert caplog.messages == ["WeasyPrint patch drawing is left out: weasyprint.draw.draw is missing"]


def test_a_patch_that_cannot_be_imported_is_left_out(
    pretended: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def replacements(module: str) -> tuple[Replacement, ...]:
        if module == "drawing":
            raise ImportError("cannot import name 'Stream'")
        return pretended.patches[module]

    monkeypatch.setattr(installation, "_replacements", replacements)
    install()
    assert (pretended.draw(1, 2), pretended.layout(1)) == ("own", "sooner")
    assert caplog.messages == ["WeasyPrint patch drawing is left out: cannot import name 'Stream'"]


def test_tested_versions_are_those_that_are_pinned() -> None:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        dependencies = tomllib.load(file)["project"]["dependencies"]
    pinned = dict(match.groups() for one in dependencies if (match := re.fullmatch(r"([\w.-]+)==(\S+)", one)))
    assert {name: pinned.get(name) for name in installation.TESTED_VERSIONS} == installation.TESTED_VERSIONS
    assert installation.why_without_speedups(speedups=True) == ""


@pytest.mark.slow
def test_every_original_of_the_installed_weasyprint_is_as_its_patch_expects() -> None:
    """In a process of its own: here the patches may be installed already."""
    import subprocess
    import sys

    code = (
        "from reports.typeset.weasyprint_patches import installation as i\n"
        "print([r.mismatch() for m in (*i.FUNCTION, *i.SPEED) for r in i._replacements(m) if r.mismatch()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
