"""docs/data-model.md: every table, by package, with its meaning and what it refers to.

`python -m tests.data_model` (part of `make papers`) writes it from the models; `tests/site/test_documents.py` holds the
document to them. Why there is no library for it: docs/decisions/data-model-from-the-models.md.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.package_map import meaning, packages

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "data-model.md"
HEAD = """# Data model

Written by `make papers` from the models; a test holds this file to them. Do not edit it by hand.

Each package has a picture and a table. In a picture an arrow goes from the table that holds the foreign key to the table that it refers to; one that ends in `o|` may be empty, and one with a fork at both ends is many-to-many. Tables of other packages stand in it by their name alone. The names are those of the classes; the tables are called `tasks_…` and `reports_…` with the name in small letters.
"""


def as_text() -> str:
    """The whole document."""
    return "\n".join([HEAD, *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    from django.apps import apps  # here, because the command sets Django up first

    order = packages()
    models = [
        (package, model) for model in apps.get_models() if (package := _package(model.__module__)) in order
    ]
    models.sort(key=lambda item: (-order.index(item[0]), item[1].__name__))
    for package, group in groupby(models, key=lambda item: item[0]):
        own = [model for _package_name, model in group]
        yield f"## {package.replace('.', '/')}\n"
        yield f"{meaning(package)}\n"
        yield "```mermaid\nerDiagram"
        for model in own:
            references = [field for field in model._meta.concrete_fields if field.remote_field]
            for field in references:
                left = "|o" if field.one_to_one else "}o"
                right = "o|" if field.null else "||"
                yield f'    {model.__name__} {left}--{right} {field.related_model.__name__} : "{field.name}"'
            for field in model._meta.local_many_to_many:
                yield f'    {model.__name__} }}o--o{{ {field.related_model.__name__} : "{field.name}"'
            if not references:
                yield f"    {model.__name__}"
        yield "```\n"
        yield "| table | meaning | fields |\n|---|---|---|"
        for model in own:
            fields = ", ".join(
                f"`{field.name}`"
                for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)
                if not field.primary_key
            )
            yield f"| `{model.__name__}` | {_first_paragraph(model.__doc__ or '')} | {fields} |"
        yield ""


def _package(module: str) -> str:
    return "qhplan" if module.startswith("qhplan") else ".".join(module.split(".")[:2])


def _first_paragraph(docstring: str) -> str:
    return " ".join(docstring.partition("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    import django

    django.setup()
    DOCUMENT.write_text(as_text(), encoding="utf-8")
