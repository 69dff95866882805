"""Slugs of agencies that addresses cannot carry, in the command, in the lineage file and on the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tasks.models import Agency
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db

BAD = ["", "督查室", "du cha", "du/cha", "DuCha", "-dc", "d", "new", "d" * 41]


@pytest.mark.parametrize("slug", BAD)
def test_command_refuses_it(slug: str) -> None:
    before = Agency.objects.count()
    with pytest.raises(CommandError, match=f"^代号“{slug[:40]}"):
        call_command("add_agency", "--kind=review", "--short=督查室", "--note=复核", "--", slug)
    assert Agency.objects.count() == before


@pytest.mark.parametrize("slug", [*BAD, 7, None, ["dc"]])
def test_lineage_file_refuses_it_before_anything_is_written(tmp_path: Path, slug: Any) -> None:
    body = {"kind": "department", "short": "甲", "full": "", "since": None, "note": "改革"}
    path = tmp_path / "facts.json"
    path.write_text(
        json.dumps({"bodies": [body | {"slug": "good"}, body | {"slug": slug}], "edges": []}),
        encoding="utf-8",
    )
    before = Agency.objects.count()
    with pytest.raises(CommandError, match=r"^facts\.json bodies\[1\]：代号“"):
        call_command("load_lineage", str(path))
    assert Agency.objects.count() == before


@pytest.mark.parametrize("slug", BAD)
def test_page_refuses_it_at_its_field(client: Client, slug: str) -> None:
    make.plan()
    client.force_login(make.user(Role.OFFICE, password=None))
    before = Agency.objects.count()
    given = {"slug": slug, "kind": "department", "short": "甲", "note": "改革"}
    response = client.post(reverse("body_add"), given)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["slug"])
    assert Agency.objects.count() == before
