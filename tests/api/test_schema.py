"""The schema is made from the routes, without a warning, and every answer is as it says."""

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from qhplan.jobs import Job
from tests import factories as make
from tests.api.conftest import NOW, World, client, error
from tests.briefs.conftest import issued


@pytest.fixture(scope="module")
def schema() -> Any:
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def test_schema_is_made_without_a_warning_and_valid(schema: Any) -> None:
    assert (list(GENERATOR_STATS._warn_cache), list(GENERATOR_STATS._error_cache)) == ([], [])
    validate_schema(schema)


def test_every_operation_says_what_it_is_and_how_it_refuses(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "4XX" in operation["responses"], (method, path)


def test_schema_is_for_those_who_see_the_plan(world: World) -> None:
    assert client(None).get("/api/v1/schema/").status_code == 401
    answer = client(world.viewer).get("/api/v1/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"


def _check(schema: Any, said: Any, shown: Any) -> None:
    Draft202012Validator({**said, "components": schema["components"]}).validate(shown)


@pytest.mark.slow
def test_every_answer_is_as_the_schema_says(world: World, schema: Any) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.sector(world.plan, world.task)
    make.target(world.plan, indicator, "20")
    version = make.accept(world.submitted(at="2017-04-04 12:00"), "yellow", at="2017-04-05 09:00")
    make.figure(version, indicator, "12.5")
    co = world.submitted(world.co)
    version.basis.add(co, through_defaults={"adopted": True})
    brief = issued(world.plan, at=NOW)
    job = Job.objects.create(kind="test", label="作业", asked_by=world.office)
    ids = {"returns": version.submission_id, "versions": version.pk, "briefs": brief.pk, "jobs": job.pk}

    for path, operations in schema["paths"].items():
        if "get" not in operations:
            continue
        room = path.split("/")[3]
        url = path.format(
            plan=world.plan.slug,
            slug=world.lead.slug,
            agency=world.lead.slug,
            ref=world.task.ref,
            quarter_text="2017Q1",
            order=1,
            id=ids.get(room),
        )
        statuses = set()
        for user in (world.reporter, world.office):
            answer = client(user).get(f"{url}?q=2017Q1")
            statuses.add(answer.status_code)
            if answer.status_code == 200 and answer["Content-Type"] == "application/json":
                said = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                _check(schema, said, answer.json())
            elif answer.status_code != 200:
                assert answer.status_code in {403, 404}, (url, user.roles)
                _check(schema, {"$ref": "#/components/schemas/Error"}, answer.json())
        assert 200 in statuses, url


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_is_answered(world: World, data: st.DataObject) -> None:
    """Never with a failure of ours; what is refused is refused in the one shape and changes nothing."""
    names = (
        "plan",
        "quarter",
        "task",
        "returns",
        "version",
        "accept",
        "note",
        "light",
        "problems",
        "figures",
        "done",
    )
    item = st.dictionaries(st.sampled_from(names), ANYTHING, max_size=6)
    # Mostly right, with something wrong in one place: the rest of the item must not hide it.
    nearly = item.map(lambda wrong: world.item() | wrong)
    path = data.draw(st.sampled_from(["save", "hand", "take_back", "submit", "decide"]))
    sent = data.draw(ANYTHING | item | st.lists(item | nearly, max_size=2))
    answer = client(world.reporter).post(f"/api/v1/returns/{path}/", sent)
    if answer.status_code != 200:
        assert answer.status_code in {400, 403, 409, 422}
        error(answer)
