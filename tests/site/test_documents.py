"""The documents agree with the repository: their links lead somewhere, the files and modules that they name exist, and what
is written from the code is current."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests import data_model, decision_index, package_map, permission_table

ROOT = Path(settings.BASE_DIR)
FOLDERS = "bench|bin|deploy|docs|fixtures|qhplan|reports|requirements|tasks|templates|tests"
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in [
        *ROOT.glob("*.md"),
        *(path for name in FOLDERS.split("|") for path in (ROOT / name).rglob("*.md")),
    ]
)

CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
# `tasks/values.py`, `reports/briefs/kinds/`, `tasks/submissions/actions.py`: a name in angle brackets matches any.
PATH = re.compile(rf"`((?:{FOLDERS})/[^`\s]*)`")
# `tasks.indicators.values.combine`: a module, or something that a module defines.
DOTTED = re.compile(r"`((?:qhplan|reports|tasks|tests)(?:\.\w+)+)`")
# `save_drafts`, `DraftInput`, `BRIEF_OFFICE`, `press.py`, also with brackets behind.
NAME = re.compile(
    r"`([a-z]+(?:_[a-z0-9]+)+|(?:[A-Z][a-z0-9]+){2,}|[A-Z]+(?:_[A-Z]+)+|\w+\.py)(?:\([^`]*\))?`"
)
SOURCES = [name for name in FOLDERS.split("|") if name != "docs"]
SUFFIXES = {"", ".html", ".js", ".json", ".py", ".sql", ".toml", ".txt", ".yml"}
# Names of nginx, PostgreSQL, Django and of a library that was considered; and one that settings.py puts together.
FOREIGN = {
    "graph_models",
    "keepalive_timeout",
    "limit_conn",
    "limit_req",
    "QHPLAN_FONT_TITLE",
    "TransactionTestCase",
    "work_mem",
}
# docs/api.md speaks of addresses, which begin like folders.
ADDRESSES = {"docs/api.md"}


@cache
def text_of(path: str) -> str:
    """The document without its code blocks."""
    return CODE_BLOCK.sub("", (ROOT / path).read_text(encoding="utf-8"))


@cache
def anchors(path: str) -> set[str]:
    """The anchors that a forge makes of the headings: small letters, without punctuation, hyphens for blanks."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(text_of(path))
    }


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_leads_somewhere(path: str) -> None:
    dead = []
    for link in LINK.findall(text_of(path)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _hash, anchor = link.partition("#")
        target = (ROOT / path).parent / name if name else ROOT / path
        if not target.exists() or (anchor and anchor not in anchors(str(target.resolve().relative_to(ROOT)))):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path not in ADDRESSES])
def test_every_file_that_is_named_exists(path: str) -> None:
    assert [name for name in PATH.findall(text_of(path)) if not _matches(name)] == []


def _matches(name: str) -> bool:
    """Whether a file or folder has this name; `<name>` and `…` in it match anything."""
    pattern = re.sub(r"<[^>]*>|…", "*", name).rstrip("/")
    return next(ROOT.glob(pattern), None) is not None


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_module_that_is_named_exists(path: str) -> None:
    assert [name for name in DOTTED.findall(text_of(path)) if not _is_defined(name)] == []


def _is_defined(name: str) -> bool:
    """Whether the dotted name is a module, or a name at the top of one, or an attribute of a class there."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:length])
        source = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        if source.exists():
            inside = parts[length:]
            return not inside or inside[0] in _names(source)
    return False


@cache
def _names(source: Path) -> set[str]:
    """The names that a module defines or imports."""
    found: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_name_of_the_code_that_is_mentioned_occurs_in_it(path: str) -> None:
    """`save_drafts`, `DraftInput`, `SIGN_CERTIFICATE`, `press.py`: a name that the code no longer has fails here."""
    assert sorted(name for name in NAME.findall(text_of(path)) if name not in words_of_the_code()) == []


def test_every_target_of_make_that_is_mentioned_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = {path: text_of(path) for path in DOCUMENTS}
    named = {
        (path, target) for path, text in texts.items() for target in re.findall(r"`make ([a-z-]+)", text)
    }
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    named |= {(".pre-commit-config.yaml", target) for target in re.findall(r"entry: make ([a-z-]+)", hooks)}
    assert {(path, target) for path, target in named if target not in targets} == set()


@cache
def words_of_the_code() -> frozenset[str]:
    """All words of the sources, and the names of files and tables."""
    found = FOREIGN | {model._meta.db_table for model in apps.get_models()}
    files = [
        ROOT / "Makefile",
        *ROOT.glob("*.*"),
        *(file for name in SOURCES for file in (ROOT / name).rglob("*")),
    ]
    for file in files:
        if file.suffix in SUFFIXES and file.is_file():
            found |= {file.name, *re.findall(r"\w+", file.read_text(encoding="utf-8"))}
    return frozenset(found)


# -- written from the code ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_map_of_the_packages_is_current() -> None:
    text = package_map.DOCUMENT.read_text(encoding="utf-8")
    assert text == package_map.document(text), "run `make papers`"


def test_every_package_says_what_it_holds() -> None:
    assert [package for package in package_map.packages() if not package_map.meaning(package)] == []


def test_every_package_has_its_place_in_the_layers() -> None:
    folders = {
        f"{top}.{init.parent.name}"
        for top in ("reports", "tasks")
        for init in (ROOT / top).glob("*/__init__.py")
    }
    assert folders - set(package_map.packages()) == {
        f"{top}.{name}"
        for top, name in [
            ("reports", "management"),
            ("reports", "migrations"),
            ("tasks", "management"),
            ("tasks", "migrations"),
            ("tasks", "templatetags"),
        ]
    }


def test_the_data_model_is_current() -> None:
    assert data_model.DOCUMENT.read_text(encoding="utf-8") == data_model.as_text(), "run `make papers`"


def test_every_table_is_in_the_data_model() -> None:
    ours = {
        model.__name__
        for label in ("qhplan", "tasks", "reports")
        for model in apps.get_app_config(label).get_models()
    }
    text = data_model.as_text()
    assert {name for name in ours if f"| `{name}` |" not in text} == set()


def test_the_index_of_decisions_is_current() -> None:
    assert decision_index.DOCUMENT.read_text(encoding="utf-8") == decision_index.as_text(), (
        "run `make papers`"
    )


def test_the_principles_of_the_permissions_are_numbered_through() -> None:
    text = permission_table.DOCUMENT.read_text(encoding="utf-8")
    for heading in ("## 原则\n", "## Principles\n"):
        rules = text.partition(heading)[2].partition("\n## ")[0]
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", rules, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))


# -- releases --------------------------------------------------------------------------------------------------


def test_the_changelog_has_this_version_under_what_is_unreleased() -> None:
    from qhplan import __version__

    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(__version__)}, \d{{4}}-\d\d-\d\d", headings[1])


def test_the_version_is_the_same_everywhere() -> None:
    from qhplan import __version__

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{__version__}"\n' in project
