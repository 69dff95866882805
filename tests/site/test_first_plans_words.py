"""No word of the first plan, or of its province, stands in code or templates: it comes from the plan's data, or is right for
any plan. What may stand there has its reason here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = re.compile(
    "青(?!年)|西宁|海东|海西|海南州|海北|玉树|果洛|黄南|柴达木|盐湖|省(?!略)|市州|制造|工信|经信|督查室|48号|云朵"
)
# {file: (what may stand in it, why)}. Roles (领导小组办公室, 复核人) are called so for every plan.
ALLOWED = {
    "qhplan/settings.py": (
        "^青海省制造强省建设领导小组办公室$",
        "what sites that set nothing began with; migration 0118 reads it, and briefs issued before it print it",
    ),
    "tasks/agencies/proposals.py": (
        ".",
        "names of all provinces, and the forms in which agencies are named anywhere",
    ),
    "tasks/jurisdictions/places.py": (".", "names, abbreviations and levels of all provinces"),
    "tasks/jurisdictions/actions.py": ("甲省", "an example"),
    "tasks/jurisdictions/forms.py": ("甲省|如“市州”", "examples"),
    "tasks/jurisdictions/values.py": ("^省级$", "one of the three levels"),
    "tasks/plans/reading": (
        ".",
        "the reader: words by which any plan names levels, places, agencies and products",
    ),
    "tasks/plans/documents/plan_documents.py": ("××省", "an example with blanks"),
    "tasks/typed.py": (".", "what people write who have nothing to say, at whatever level; and 省略"),
}


def is_allowed(name: str, text: str) -> bool:
    return any(name.startswith(place) and re.search(form, text) for place, (form, _why) in ALLOWED.items())


def texts(path: Path) -> Iterator[str]:
    """The strings of a module without docstrings, or a template without comments."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        yield from re.sub(
            r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", "", source, flags=re.S
        ).splitlines()
        return
    tree = ast.parse(source)
    own = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, own) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def files() -> Iterator[Path]:
    for app in ("tasks", "reports", "qhplan"):
        yield from sorted((ROOT / app).rglob("*.py"))
    yield from sorted((ROOT / "templates").rglob("*.html"))


def found() -> Iterator[tuple[str, str]]:
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        # Migrations are history; samples are of the first plan, and say 示例数据.
        if "/migrations/" in name or name.startswith("qhplan/sample/"):
            continue
        for text in texts(path):
            if WORDS.search(text):
                yield name, text.strip()[:80]


@pytest.mark.slow
def test_words_of_the_first_plan_come_from_data() -> None:
    stray = [f"{name}: {text}" for name, text in found() if not is_allowed(name, text)]
    assert stray == [], "from the plan's jurisdiction (tasks/wording.py), or in ALLOWED with a reason"


@pytest.mark.full
@pytest.mark.slow
def test_each_exception_is_needed() -> None:
    used = {place for name, text in found() for place in ALLOWED if name.startswith(place)}
    assert set(ALLOWED) - used == set()
