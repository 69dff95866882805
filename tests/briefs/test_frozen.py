"""Figures of every kind that were frozen by an earlier release are read back without loss.

`frozen/` holds texts that release 0.1.0 froze before figures were read as dataclasses: from a site with sample data, as
known on 2017-07-05, and where the name says so with scores that were announced. `before-kinds` has the shape of the
figures before there were kinds of briefs.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import cattrs
import pytest

from reports.briefs import kinds
from reports.briefs.kinds.quarterly import QuarterlySnapshot
from reports.briefs.models import OF_PART, BriefKind
from reports.briefs.snapshot import ScopeRef
from reports.briefs.text_labels import _text_label
from reports.canonical import canonical, sha256
from reports.figures.values import Lights
from tasks.models import Plan
from tasks.values import Period
from tests.briefs import example

pytestmark = pytest.mark.usefixtures("prepared_fonts")

FROZEN = Path(__file__).parent / "frozen"
SUMS = {
    name.removesuffix(".json"): digest
    for digest, name in (line.split() for line in (FROZEN / "SHA256SUMS").read_text().splitlines())
}
OLD = "before-kinds"
# The kinds of release 0.1.0. A kind that is newer joins them with figures that a release froze.
RELEASED = {"plan", "one_page", "group", "sector", "agency", "supervision", "annual", "evaluation"}


def frozen(name: str) -> bytes:
    return gzip.decompress((FROZEN / f"{name}.json.gz").read_bytes())


@pytest.mark.slow
def test_every_kind_of_the_release_has_frozen_figures() -> None:
    assert {path.name.removesuffix(".json.gz") for path in FROZEN.glob("*.gz")} == set(SUMS)
    assert {kinds.read_snapshot(frozen(name)).kind for name in SUMS} == RELEASED


@pytest.mark.parametrize("name", [name for name in SUMS if name != OLD])
def test_frozen_figures_are_read_and_written_to_the_same_bytes(name: str) -> None:
    text = frozen(name)
    assert sha256(text) == SUMS[name]
    snapshot = kinds.read_snapshot(text)
    assert type(snapshot) is kinds.KINDS[snapshot.kind].snapshot
    assert canonical(snapshot) == text


def test_what_was_frozen_before_there_were_kinds_is_the_plans_brief() -> None:
    text = frozen(OLD)
    assert sha256(text) == SUMS[OLD]
    content: dict[str, Any] = json.loads(text)
    assert not {"kind", "scope", "paths", "notices"} & set(content)
    written = json.loads(canonical(kinds.read_snapshot(text)))
    assert {key: written[key] for key in content} == content
    assert {key: written[key] for key in set(written) - set(content)} == {
        "kind": "plan",
        "scope": {"ref": "", "name": ""},
        "paths": [],
        "notices": [],
        "instructions": [],
        "scores": None,
    }


def test_keys_that_came_later_have_defaults() -> None:
    content: dict[str, Any] = json.loads(frozen("plan"))
    for key in (
        "kind",
        "scope",
        "within",
        "reported_lights",
        "verified_lights",
        "co_due",
        "lead_due",
        "scores",
    ):
        del content[key]
    for task in content["groups"][0]["tasks"]:
        del task["sectors"], task["progress"]
    for target in content["targets"]:
        del target["parts"], target["parts_owed"]
    snapshot = example.read(content)
    assert isinstance(snapshot, QuarterlySnapshot)
    assert (snapshot.within, snapshot.co_due, snapshot.scope) == ((), None, ScopeRef())
    assert snapshot.reported_lights == Lights()
    assert example.composed(content).words


@pytest.mark.parametrize(
    ("key", "value"), [("plan_title", None), ("is_sample", 1), ("quarter", {"year": 2017, "number": 1})]
)
def test_figures_of_another_type_are_refused(key: str, value: object) -> None:
    content = json.loads(frozen("plan"))
    content[key] = value
    with pytest.raises(cattrs.BaseValidationError):
        example.read(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", SUMS)
def test_every_text_has_a_label_in_the_editor(name: str) -> None:
    snapshot = kinds.read_snapshot(frozen(name))
    kind = kinds.KINDS[snapshot.kind]
    codes = {task.ref: task.code for task in snapshot.tasks}
    keys = example.composed(json.loads(frozen(name))).words
    labels = {key: _text_label(key, codes, kind) for key in keys}
    assert not [key for key, label in labels.items() if label in {key.partition("/")[0], ""}]
    assert not [key for key in keys if key.partition("/")[0] in codes and labels[key] in codes.values()]


def test_each_choice_has_its_module() -> None:
    assert list(kinds.KINDS) == BriefKind.values


@pytest.mark.django_db
def test_kinds_of_a_part_and_no_others_have_parts(small_plan: Plan) -> None:
    """The database refuses a brief whose scope does not fit its kind."""
    found = kinds.scopes(small_plan, Period(2016, 4))
    assert {one.kind for one in found if one.ref} <= {*OF_PART}
    assert not {one.kind for one in found if not one.ref} & {*OF_PART}
