"""Words of a draft are amended on record, figures never; whoever amended does not issue."""

import pymupdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from qhplan import jobs as job_rows
from reports.briefs import actions, jobs, queries
from reports.briefs.desk import fixed_parts
from reports.briefs.models import Brief, BriefFile, BriefText
from reports.briefs.render import composed_words, render
from tasks.errors import Conflict, Problems
from tasks.models import Event, Plan, User
from tasks.values import Role
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import NOW, Typesetter, frozen

pytestmark = pytest.mark.django_db

COMPOSED = {"overall/1": "⟦2017年第一季度⟧，⟦32项⟧任务中，⟦正常20项⟧。", "3-1-1/done": "完成评审。"}
BETTER = "⟦2017年第一季度⟧总体平稳：⟦32项⟧任务里，⟦正常20项⟧。"


@pytest.fixture
def draft(small_plan: Plan) -> Brief:
    return frozen(small_plan, figures=example.frozen())


@pytest.fixture
def other(office: User) -> User:
    return make.user(Role.OFFICE, display_name="办公室李某")


def amend(by: User, brief: Brief, seen: int = 0, **texts: str) -> list[BriefText]:
    named = {key.replace("__", "/"): text for key, text in texts.items()}
    return actions.amend(by=by, brief=brief, texts=named, composed=COMPOSED, seen=seen, now=NOW)


def test_words_are_kept_with_what_stood_before_and_the_last_holds(
    draft: Brief, office: User, other: User
) -> None:
    (first,) = amend(office, draft, overall__1=BETTER)
    assert (first.before, first.text) == (COMPOSED["overall/1"], BETTER)
    (second,) = amend(other, draft, seen=first.pk, overall__1=COMPOSED["overall/1"])
    assert second.before == BETTER
    assert queries.written(draft).words == {"overall/1": COMPOSED["overall/1"]}
    assert Event.objects.filter(verb="brief.amend").count() == 2
    # Sent again without a change nothing is written.
    assert amend(office, draft, seen=second.pk, overall__1=COMPOSED["overall/1"]) == []
    for change in (lambda: first.delete(), lambda: BriefText.objects.update(text="改")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "text",
    [
        BETTER.replace("32项", "33项"),
        BETTER.replace("⟦正常20项⟧", ""),
        BETTER + "⟦40项⟧",
        "⟦32项⟧任务中，⟦2017年第一季度⟧，⟦正常20项⟧。",
        BETTER.replace("⟦正常20项⟧", "正常20项"),
        "字" * 5001,
        "a\0b",
    ],
)
def test_figures_cannot_be_edited(draft: Brief, office: User, text: str) -> None:
    with pytest.raises(Problems) as raised:
        amend(office, draft, overall__1=text)
    assert list(raised.value.by_field()) == ["overall/1"]
    assert not BriefText.objects.exists()


def test_a_text_can_be_struck_out_and_the_imprint_is_checked(draft: Brief, office: User) -> None:
    made = amend(office, draft, overall__1="", imprint__copies="60", imprint__report_to="组长。")
    assert len(made) == 3
    found = queries.written(draft)
    assert (found.words, found.imprint.copies, found.imprint.report_to) == ({"overall/1": ""}, 60, "组长。")
    for name, text in (("copies", "很多"), ("copies", "0"), ("report_to", "长" * 201), ("nothing", "x")):
        with pytest.raises(Problems) as raised:
            amend(office, draft, seen=found.last, **{f"imprint__{name}": text})
        assert list(raised.value.by_field()) == [f"imprint/{name}"]


def test_two_editors_are_told_of_each_other(draft: Brief, office: User, other: User) -> None:
    amend(office, draft, overall__1=BETTER)
    with pytest.raises(Conflict, match="办公室王某刚刚改过"):
        amend(other, draft, overall__1="")


def test_whoever_amended_does_not_issue(draft: Brief, office: User, other: User, reader: User) -> None:
    amend(office, draft, overall__1=BETTER)
    with pytest.raises(PermissionDenied):
        amend(reader, draft)
    with pytest.raises(PermissionDenied, match="改过文字的人不能签发"):
        actions.issue(by=office, brief=draft, now=NOW)
    actions.issue(by=other, brief=draft, now=NOW)
    with pytest.raises(Conflict):
        amend(other, draft, seen=queries.written(draft).last, overall__1="")


def test_the_draft_is_set_anew_and_the_issued_one_says_the_final_words(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    jobs.ask_amend(by=office, brief=draft, texts={"overall/1": BETTER}, composed=COMPOSED, seen=0, now=NOW)
    assert draft.job_id is not None
    job_rows.run(draft.job_id)
    assert typesetter.words[-1] == {"overall/1": BETTER}
    assert BriefFile.objects.filter(brief=draft, issued=False).count() == 2
    latest = queries.file_with_bytes(draft)
    assert latest is not None
    assert queries.files_of([draft])[draft.pk].id == latest.pk
    jobs.ask_issue(by=other, brief=draft, now=NOW)
    job_rows.run(Brief.objects.get(pk=draft.pk).job_id)  # type: ignore[arg-type]
    assert typesetter.words[-1] == {"overall/1": BETTER}
    assert Brief.objects.get(pk=draft.pk).state == "issued"


def test_the_page_shows_every_text_and_its_faults(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    client, second = Client(), Client()
    client.force_login(office)
    second.force_login(other)
    page = reverse("brief_edit", args=[draft.pk])
    words = composed_words(draft.figures)
    key = next(key for key, text in words.items() if len(fixed_parts(text)) > 1)
    with clock.at(NOW):
        text = client.get(page).content.decode()
        assert f'name="{key}"' in text
        assert "三(一)1 进展情况" in text or "三（一）1 进展情况" in text
        wrong = client.post(page, {"seen": "0", key: "没有数据了。"})
        assert (wrong.status_code, "里的是数据" in wrong.content.decode()) == (422, True)
        assert "没有数据了。" in wrong.content.decode()  # nothing typed is lost
        said = {"seen": "0", key: f"<b>总的看</b>，{words[key]}", "imprint/copies": "60"}
        assert client.post(page, said).status_code == 302
        stale = second.post(page, said)
        assert (stale.status_code, "刚刚改过" in stale.content.decode()) == (409, True)
        shown = second.get(reverse("brief", args=[draft.pk])).content.decode()
        assert "&lt;b&gt;总的看" in shown
        refused = client.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"})
        assert (refused.status_code, "改过文字的人不能签发" in refused.content.decode()) == (422, True)
        assert second.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"}).status_code == 302
        assert client.get(page).status_code == 302


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
def test_the_pdf_carries_the_words_and_no_mark_of_the_change() -> None:
    figures = example.frozen()
    words = composed_words(figures.decode())
    key = next(key for key in words if key.startswith("overall"))
    plainly = render(figures, example.ISSUED)
    amended = render(figures, example.ISSUED, {key: f"总的看，{words[key]}"})
    with pymupdf.open(stream=amended.pdf, filetype="pdf") as document:
        text = "".join(page.get_text() for page in document).replace("\n", "")
    assert "总的看，" in text
    assert not set("⟦⟧") & set(text)
    assert amended.sha256 != plainly.sha256
    assert amended.sha256 == render(figures, example.ISSUED, {key: f"总的看，{words[key]}"}).sha256


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
def test_hostile_words_of_an_editor_are_printed_as_words() -> None:
    figures = example.frozen()
    key = next(key for key in composed_words(figures.decode()) if key.endswith("/done"))
    done = render(figures, example.ISSUED, {key: "<script>x</script>\x07\u202e😀&amp;\n第二行"})
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        text = "".join(page.get_text() for page in document).replace("\n", "")
    assert "〈script〉" in text or "<script>" in text or "＜script＞" in text
    assert "\u202e" not in text


def test_fixed_parts_are_found_in_their_order() -> None:
    assert fixed_parts(COMPOSED["overall/1"]) == ["2017年第一季度", "32项", "正常20项"]
    assert fixed_parts("没有") == []
