"""The map of the packages in docs/architecture.md: what each holds, and which imports which.

`python -m tests.package_map` (part of `make papers`) writes it from the code: a package's line is the docstring of its
`__init__.py`, its arrows are the imports that grimp, the library of import-linter, finds. `tests/site/test_documents.py`
holds the document to it.
"""

import ast
import tomllib
from collections import defaultdict
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- map: begin -->\n", "<!-- map: end -->\n"

Arrows = dict[str, set[str]]


def layers(container: str) -> list[str]:
    """The packages of `tasks` or `reports` by their layers in pyproject.toml, the highest first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    contract = next(one for one in contracts if one["id"] == f"packages-of-{container}")
    names = [name.strip(" ()") for layer in contract["layers"] for name in layer.split(":")]
    return [name for name in names if (ROOT / container / name).is_dir()]


def packages() -> list[str]:
    """All packages, the highest first: `qhplan`, `reports.briefs`, …, `tasks.workbooks`."""
    return ["qhplan", *(f"{top}.{name}" for top in ("reports", "tasks") for name in layers(top))]


def meaning(package: str) -> str:
    """The first paragraph of the package's docstring, on one line."""
    path = ROOT / package.replace(".", "/") / "__init__.py"
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def arrows(known: list[str]) -> Arrows:
    """{package: the packages that it imports}; modules beside the packages, such as tasks.values, are left out, and so
    are `qhplan`'s clock and jobs, which everything may import."""
    graph = grimp.build_graph("qhplan", "tasks", "reports", cache_dir=None)
    found: Arrows = defaultdict(set)
    for module in graph.modules:
        source = _package(module, known)
        for imported in graph.find_modules_directly_imported_by(module):
            target = _package(imported, known)
            if source and target and target not in {source, "qhplan"}:
                found[source].add(target)
    return found


def _package(module: str, known: list[str]) -> str:
    if module.partition(".")[0] == "qhplan":
        return "qhplan"
    package = ".".join(module.split(".")[:2])
    return package if package in known else ""


def reduced(arrows: Arrows) -> Arrows:
    """Without the arrows that follow from others: of A → B, B → C and A → C the last is left out."""

    def reached(package: str) -> set[str]:
        below = arrows.get(package, set())
        return below | {far for near in below for far in reached(near)}

    return {
        package: {one for one in below if not any(one in reached(other) for other in below if other != one)}
        for package, below in arrows.items()
    }


def as_lines() -> list[str]:
    """The table and the picture, as Markdown."""
    known = packages()
    lines = ["| package | what it holds |", "|---|---|"]
    lines += [f"| `{name.replace('.', '/')}` | {meaning(name)} |" for name in known]
    lines += ["", "```mermaid", "flowchart TD"]
    lines += [f'    {name.replace(".", "_")}["{name.replace(".", "/")}"]' for name in known]
    for source, targets in sorted(reduced(arrows(known)).items(), key=lambda item: known.index(item[0])):
        lines += [
            f"    {source.replace('.', '_')} --> {target.replace('.', '_')}"
            for target in sorted(targets, key=known.index)
        ]
    return [*lines, "```"]


def document(text: str) -> str:
    """The document with the map as it is now."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + "\n".join(as_lines()) + "\n" + END + after


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
