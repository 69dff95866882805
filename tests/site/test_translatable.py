"""Every string of the interface goes through gettext: Chinese in code or templates that does not is found here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CHINESE = re.compile(r"[\u3400-\u9fff]")
# (A pattern is read by a program, the API's documentation is written in one language.)
WRAPPERS = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "gettext_noop",
    "N_",
    "compile",
}
# Data and language tools, not words of the interface: what a reader looks for in a plan's text, sample returns
# (written by "agencies" in their own language), the sets of characters that typesetting needs, and the words of the
# official document, which is Chinese by law.
# Formats of dates and Chinese numerals are no words either.
NO_WORDS = re.compile(
    r"[YynjmdHi年月日 :]+|[〇零一二三四五六七八九十两]+|[一二三四]\([一二三四五六七八九]\)\d"
)
DATA = {
    "tasks/agencies/proposals.py",
    "tasks/jurisdictions/places.py",
    "tasks/plans/documents/ledgers.py",
    "tasks/plans/documents/numbering.py",
    "tasks/plans/documents/table_heads.py",
    "tasks/plans/documents/task_tables.py",
    "tasks/plans/reading",
    "tasks/plans/names.py",
    "tasks/jurisdictions/queries.py",
    "tasks/plans/annotations.py",
    "tasks/indicators/loading.py",
    "tasks/period_words.py",
    "tasks/typed.py",
    "qhplan/sample/submissions.py",
    "qhplan/sample/accounts.py",
    "qhplan/sample/workplans.py",
    "qhplan/sample/scoring.py",
    "qhplan/sample/supervision.py",
    "qhplan/sample/coordination.py",
    "qhplan/settings.py",
    "reports/dashboards/presenters/places.py",
    "reports/typeset/fonts.py",
}


def _is_data(path: str) -> bool:
    return any(path == item or path.startswith(f"{item}/") for item in DATA)


def _bare(tree: ast.AST) -> Iterator[ast.Constant]:
    """Chinese string constants that are neither a docstring nor inside a gettext call."""
    wrapped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRAPPERS:
                wrapped |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                wrapped |= {id(inner) for inner in ast.walk(first)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in wrapped:
            continue
        if CHINESE.search(node.value) and not NO_WORDS.fullmatch(node.value):
            yield node


@pytest.mark.slow
def test_chinese_in_code_is_wrapped() -> None:
    found = []
    for app in ("qhplan", "tasks", "reports"):
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" in name or _is_data(name):
                continue
            for node in _bare(ast.parse(path.read_text())):
                found.append(f"{name}:{node.lineno} {str(node.value)[:30]!r}")
    assert not found, "\n".join(found)


def test_chinese_in_templates_is_wrapped() -> None:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.S)
        text = re.sub(r"\{#.*?#\}", "", text)
        text = re.sub(r"\{% blocktranslate.*?%\}.*?\{% endblocktranslate %\}", "", text, flags=re.S)
        text = re.sub(r"\{% translate .*?%\}", "", text)
        text = re.sub(r"\|date:(\"[^\"]*\"|'[^']*')", "", text)
        text = re.sub(r"_\((\"[^\"]*\"|'[^']*')\)", "", text)
        found += [
            f"{name} {match.group()!r}"
            for match in re.finditer(r"[^\s<>]*[\u3400-\u9fff][^<>\n]{0,20}", text)
        ]
    assert not found, "\n".join(found)
