"""The canonical text of the figures, and its schema."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from django.conf import settings

from qhplan import __version__
from reports import canonical
from reports.briefs import kinds
from tasks.models import Plan
from tasks.values import Period
from tests.briefs import example
from tests.briefs.conftest import NOW, Q1

SCHEMA: dict[str, Any] = json.loads((settings.BASE_DIR / "docs" / "figures-schema.json").read_text())


def check(content: bytes) -> None:
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(
        json.loads(content)
    )


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.slow
@pytest.mark.django_db
def test_figures_of_the_plan_follow_the_schema(plan: Plan) -> None:
    content = kinds.freeze(plan, Q1, known_at=NOW, kind="plan", is_sample=False)
    check(content)
    told = json.loads(content)
    assert (told["release"], told["is_sample"], told["known_at"]) == (
        __version__,
        False,
        "2017-07-05T10:00:00+08:00",
    )


def test_figures_with_everything_in_them_follow_the_schema() -> None:
    check(example.frozen())


def test_a_field_that_the_schema_does_not_know_is_found() -> None:
    broken = json.loads(example.frozen()) | {"average": "50"}
    with pytest.raises(jsonschema.ValidationError):
        check(json.dumps(broken).encode())


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Period(2017, 1), "2017Q1"),
        (Decimal("12.50"), "12.5"),
        (Decimal("100"), "100"),
        (Decimal("0E-10"), "0"),
        (datetime(2017, 7, 5, 2, 0, tzinfo=UTC), "2017-07-05T10:00:00+08:00"),
        ((1, None, ("a",)), [1, None, ["a"]]),
    ],
)
def test_plain(value: object, plain: object) -> None:
    assert canonical.plain(value) == plain


def test_plain_refuses_what_has_no_exact_form() -> None:
    with pytest.raises(TypeError):
        canonical.plain(0.1)


def test_release_is_the_projects() -> None:
    assert f'version = "{__version__}"' in (settings.BASE_DIR / "pyproject.toml").read_text()
