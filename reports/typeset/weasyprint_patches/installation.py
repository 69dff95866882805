"""Installs the patches in this process: which ones, and on which versions.

WeasyPrint offers no interface for what they do, so they replace attributes of its modules and classes and of pydyf's.
There are two kinds.

**Function** (`FUNCTION`): what a document looks like and how it is tagged. Each patch is installed on every version in
which all attributes that it replaces exist and take the parameters that it expects. Where one does not, that patch is
left out as a whole, with an error in the log: documents are still made, by WeasyPrint's own way of doing the same
thing (left-aligned lines, its own tags), so that a security release can be installed at once and mended afterwards.

**Speed** (`SPEED`): these give what WeasyPrint would give, sooner. They are installed all together, and only where the
versions of all four libraries are exactly those in `TESTED_VERSIONS`, with which a test compares both ways over real
briefs. On any other version, or with QHPLAN_PLAIN_WEASYPRINT=1, none is installed; the log says so in one line.
"""

import importlib
import importlib.metadata
import logging
import sys
from functools import lru_cache

from .replacement import Replacement

log = logging.getLogger(__name__)

# The same as in pyproject.toml, as a test holds.
TESTED_VERSIONS = {"weasyprint": "70.0", "pydyf": "0.13.0", "cssselect2": "0.10.1", "tinycss2": "1.5.1"}

# Modules of this package, each with a tuple REPLACEMENTS.
FUNCTION = ("number_breaks", "justification", "table_breaks", "tag_tree")
SPEED = (
    "speed.paragraph_shaping",
    "speed.glyph_drawing",
    "speed.shared_styles",
)


@lru_cache(maxsize=1)
def install(*, speedups: bool) -> bool:
    """Install the patches, once per process; returns whether the speed patches are among them."""
    for module in FUNCTION:
        _install_function(module)
    reason = why_without_speedups(speedups=speedups)
    if reason:
        log.warning("WeasyPrint without speed patches: %s", reason)
        return False
    for module in SPEED:
        for replacement in _replacements(module):
            replacement.install()
    return True


def why_without_speedups(*, speedups: bool) -> str:
    """Why the speed patches are not installed, for the log; empty when they are."""
    if not speedups:
        return "switched off by QHPLAN_PLAIN_WEASYPRINT"
    found = {name: importlib.metadata.version(name) for name in TESTED_VERSIONS}
    return ", ".join(
        f"{name} is {found[name]}, tested with {tested}"
        for name, tested in TESTED_VERSIONS.items()
        if found[name] != tested
    )


def forget_document() -> None:
    """Free what the speed patches keep of a document while it is laid out."""
    for name in SPEED:
        module = sys.modules.get(f"{__package__}.{name}")
        if module is not None and hasattr(module, "forget"):
            module.forget()


def _install_function(module: str) -> None:
    try:
        replacements = _replacements(module)
    except (ImportError, AttributeError) as error:
        log.error("WeasyPrint patch %s is left out: %s", module, error)
        return
    mismatches = [mismatch for replacement in replacements if (mismatch := replacement.mismatch())]
    if mismatches:
        log.error("WeasyPrint patch %s is left out: %s", module, "; ".join(mismatches))
        return
    for replacement in replacements:
        replacement.install()


def _replacements(module: str) -> tuple[Replacement, ...]:
    replacements: tuple[Replacement, ...] = importlib.import_module(f"{__package__}.{module}").REPLACEMENTS
    return replacements
