"""Where comments are seen and made: their own pages, and those of the things that they are about."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.briefs import actions as briefs
from tasks.comments import actions
from tasks.models import Comment, User
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import frozen, issued
from tests.comments.conftest import World
from tests.pages import client

pytestmark = pytest.mark.slow


def text(user: User, url: str) -> str:
    return client(user).get(url).content.decode()


def about(world: World) -> str:
    return reverse("comments_about", args=["task", world.task.pk])


def test_an_expert_comments_on_the_page_of_a_task_and_the_lead_reads_it_once_released(world: World) -> None:
    task = reverse("task", args=[world.plan.slug, world.task.ref])
    assert about(world) in text(world.expert, task)
    posted = client(world.expert).post(about(world), {"key": "", "text": "口径\r\n宜统一。"})
    assert posted.status_code == 422  # a form without its key is none of ours
    form = {"key": "0b7e6d5c-1a2b-4c3d-8e9f-0a1b2c3d4e5f", "text": "口径\r\n宜统一。"}
    assert client(world.expert).post(about(world), form).status_code == 302
    comment = Comment.objects.get()
    assert comment.text == "口径\n宜统一。"
    assert "宜统一" in text(world.office, task)
    assert "宜统一" not in text(world.reporter, task)

    office = client(world.office)
    page = office.get(reverse("comment", args=[comment.pk])).content.decode()
    assert page.index("牵头局") < page.index("配合局")
    answer = office.post(reverse("comment_release", args=[comment.pk]), {"agencies": [world.lead.pk]})
    assert answer.status_code == 302
    assert "宜统一" in text(world.reporter, task)
    assert "办公室转送的专家意见 1 条" in text(world.reporter, reverse("desk"))
    assert "已转送牵头局" in text(world.leadership, reverse("comment_list"))
    # To whom else it went is none of a body's business.
    assert "已转送" not in text(world.reporter, reverse("comment_list"))


def test_comments_on_a_brief_and_on_a_target_stand_where_these_stand(world: World) -> None:
    brief = frozen(world.plan, figures=example.frozen())
    briefs.issue(by=None, brief=brief)
    briefs.publish(brief=brief, made=briefs.Made(b"%PDF", 2, 0.1))
    target = make.target(world.plan, text="平台达到12个")
    actions.comment(by=world.expert, subject=brief, text="宜附口径。")
    actions.comment(by=world.expert, subject=target, text="目标宜分年度。")
    assert "宜附口径。" in text(world.office, reverse("brief", args=[brief.pk]))
    assert "宜附口径。" in text(world.expert, reverse("brief", args=[brief.pk]))
    overview = reverse("overview", args=[world.plan.slug])
    assert reverse("comments_about", args=["target", target.pk]) in text(world.office, overview)
    assert "专家对目标的意见" not in text(world.viewer, overview)
    assert "目标宜分年度。" in text(world.office, reverse("comments_about", args=["target", target.pk]))


def test_a_body_that_may_not_open_the_brief_reads_the_comment_without_its_link(world: World) -> None:
    brief = issued(world.plan)
    comment = actions.comment(by=world.expert, subject=brief, text="宜附口径。")
    actions.release(by=world.office, comment=comment, agency_ids=[world.co.pk])
    page = text(world.co_reporter, reverse("comment_list"))
    assert "宜附口径。" in page
    assert reverse("brief", args=[brief.pk]) not in page


@pytest.mark.parametrize("kind", ["user", "submission", "nothing"])
def test_what_cannot_be_commented_on_is_not_there(world: World, kind: str) -> None:
    assert client(world.expert).get(f"/comments/{kind}/1/").status_code == 404
    assert client(world.expert).get(f"/comments/task/{10**25}/").status_code == 404


def test_markup_stands_as_it_was_typed(world: World) -> None:
    actions.comment(by=world.expert, subject=world.task, text="<script>alert(1)</script>=1+1")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text(world.office, about(world))


def test_a_refused_form_says_so_on_its_field_and_keeps_the_words(world: World) -> None:
    long = "字" * 2001
    answer = client(world.expert).post(
        about(world), {"key": "0b7e6d5c-1a2b-4c3d-8e9f-0a1b2c3d4e5f", "text": long}
    )
    assert answer.status_code == 422
    assert "有 2001 字，最多 2000 字，请删减。" in answer.content.decode()
    assert long in answer.content.decode()
    answer = client(world.expert).post(
        about(world), {"key": "0b7e6d5c-1a2b-4c3d-8e9f-0a1b2c3d4e5f", "text": "\x00 "}
    )
    assert answer.status_code == 422


def test_filters_narrow_the_list(world: World) -> None:
    kept = actions.comment(by=world.expert, subject=world.task, text="口径宜统一。")
    gone = actions.comment(by=world.expert, subject=issued(world.plan), text="宜附图。")
    actions.withdraw(by=world.expert, comment=gone, reason="已附")

    def found(query: str) -> list[int]:
        rows = client(world.office).get(f"{reverse('comment_list')}?{query}").context["rows"]
        return [row.comment.pk for row in rows]

    assert found("") == [gone.pk, kept.pk]
    assert found("kind=task") == [kept.pk]
    assert found("state=withdrawn") == [gone.pk]
    assert found("state=released") == []
    assert found("words=口径") == [kept.pk]
    assert found("kind=user") == []


@pytest.mark.few(1)
@pytest.mark.parametrize("page", ["comment_list", "comments_about", "task"])
def test_a_page_asks_no_more_with_more_comments(world: World, page: str) -> None:
    urls = {
        "comment_list": reverse("comment_list"),
        "comments_about": about(world),
        "task": reverse("task", args=[world.plan.slug, world.task.ref]),
    }

    def grow() -> None:
        expert = make.user(password=None, roles=["expert"])
        comment = actions.comment(by=expert, subject=world.task, text="口径宜统一。")
        actions.release(by=world.office, comment=comment, agency_ids=[make.agency().pk])
        other = actions.comment(by=expert, subject=make.task(world.plan), text="另一项。")
        actions.release(by=world.office, comment=other, agency_ids=[world.lead.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client(world.office).get(urls[page]).status_code == 200
        return len(captured)

    grow()
    queries()
    one = queries()
    for _n in range(4):
        grow()
    assert queries() == one


def test_the_api_comments_releases_and_withdraws(world: World) -> None:
    def send(user: User, url: str, data: dict[str, Any]) -> Any:
        return client(user).post(url, data, content_type="application/json")

    made = send(
        world.expert, "/api/v1/comments/", {"kind": "task", "subject_id": world.task.pk, "text": "宜统一。"}
    )
    assert made.status_code == 201
    url = f"/api/v1/comments/{made.json()['id']}/"
    assert client(world.reporter).get(url).status_code == 404
    assert send(world.office, f"{url}release/", {"agencies": ["nowhere"]}).status_code == 422
    assert send(world.office, f"{url}release/", {"agencies": [world.lead.slug]}).json()["released_to"] == [
        world.lead.slug
    ]
    seen = client(world.reporter).get(url).json()
    assert (seen["text"], seen["released_to"]) == ("宜统一。", None)
    assert send(world.expert, f"{url}withdraw/", {"reason": "看错了数"}).status_code == 200
    assert send(world.expert, f"{url}withdraw/", {"reason": "再撤"}).status_code == 409
    assert (
        send(world.expert, "/api/v1/comments/", {"kind": "task", "subject_id": 0, "text": "x"}).status_code
        == 422
    )
    assert (
        send(world.expert, "/api/v1/comments/", {"kind": "user", "subject_id": 1, "text": "x"}).status_code
        == 422
    )
