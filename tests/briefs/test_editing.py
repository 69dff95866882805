"""Words of a draft are amended on record, figures never; whoever amended does not issue."""

import json
import re
from dataclasses import replace

import pymupdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from qhplan import jobs as job_rows
from reports.briefs import actions, jobs, queries, text_actions
from reports.briefs.actions import Made
from reports.briefs.composition_context import fixed_parts
from reports.briefs.models import Brief, BriefFile, BriefText
from reports.briefs.render import compose, render
from reports.briefs.values import BriefHead, Imprint
from reports.typeset import pdf_renderer
from tasks.errors import Conflict, Problems
from tasks.models import Event, Plan, User
from tasks.values import Role
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import NOW, Q1, Typesetter, frozen

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
    return text_actions.amend(by=by, brief=brief, texts=named, composed=COMPOSED, seen=seen, now=NOW)


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


@pytest.mark.parametrize("text", ["内部资料", "内部资料 注意保存", ""])
def test_the_marking_is_never_a_secrecy_grade(draft: Brief, office: User, text: str) -> None:
    amend(office, draft, imprint__secrecy=text)
    assert queries.written(draft).imprint.secrecy == text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("secrecy", "机密★1年", "不标密级"),
        ("secrecy", "密" * 13, "最多 12 字"),
        ("secrecy", "公开", "不标密级"),
        ("copy_number", "第一份", "份号请填数字"),
        ("copy_number", "0" * 9, "最多 8 字"),
        ("drafted_by", "张" * 13, "最多 12 字"),
    ],
)
def test_what_the_head_and_the_imprint_have_no_room_for(
    draft: Brief, office: User, name: str, text: str, words: str
) -> None:
    with pytest.raises(Problems) as raised:
        amend(office, draft, **{f"imprint__{name}": text})
    assert words in raised.value.by_field()[f"imprint/{name}"][0]


def test_lists_of_who_receives_it_fit_the_last_page_together(draft: Brief, office: User) -> None:
    (first,) = amend(office, draft, imprint__send_to="送" * 200)
    with pytest.raises(Problems) as raised:
        amend(office, draft, seen=first.pk, imprint__report_to="报" * 131)
    assert "合计最多 330 字，现有 331 字" in raised.value.by_field()["imprint/report_to"][0]
    amend(office, draft, seen=first.pk, imprint__report_to="报" * 130)


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
@pytest.mark.parametrize("extra", [0, 350, 700, 1050, 1400])
def test_the_longest_imprint_leaves_the_checksum_on_the_last_page(extra: int) -> None:
    """Whether it stands on a page of its own, under the end of the text or after a full page."""
    longest = Imprint(
        report_to="报" * 110,
        send_to="送" * 110,
        distribute_to="发" * 110,
        copies=99_999,
        drafted_by="拟" * 12,
        checked_by="核" * 12,
        signed_by="签" * 12,
    )
    said = example.with_texts(example.small(), done="长" * extra)
    done = render(example.frozen(said), replace(example.ISSUED, imprint=longest))
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        assert len(document) % 2 == 0
        last = document[-1]
        block = pymupdf.Rect(0, 36 * 72 / 25.4, 600, 264 * 72 / 25.4)
        text = "".join(last.get_text(clip=block).split())
        for words in ("7QK4-M2XT-VB9D", "SHA-256", "报" * 20, "共印99999份", "签" * 12, "2017年5月10日印发"):
            assert words in text


def test_a_page_of_one_side_has_no_imprint(small_plan: Plan, office: User, other: User) -> None:
    brief = actions.ask(by=None, plan=small_plan, quarter=Q1, kind="one_page", now=NOW)
    content = json.loads(example.frozen()) | {"kind": "one_page"}
    actions.freeze(brief=brief, figures=json.dumps(content).encode(), made=Made(b"draft", 1, 0.1), now=NOW)
    client = Client()
    client.force_login(office)
    with clock.at(NOW):
        shown = client.get(reverse("brief_edit", args=[brief.pk])).content.decode()
    assert "imprint/secrecy" in shown
    assert "imprint/copy_number" in shown
    assert "imprint/report_to" not in shown
    # Each line is called by what stands before it in print.
    labels = [text.strip() for text in re.findall(r'field__label"[^>]*>([^<]+)<', shown)]
    assert "重点关注" not in labels
    assert len(labels) == len(set(labels))
    with pytest.raises(Problems, match="不印这一项"):
        amend(office, brief, imprint__report_to="组长。")
    amend(office, brief, imprint__copy_number="000012")
    head = BriefHead("办公室", imprint=queries.written(brief).imprint)
    figures = example.composed(content, head=head)
    assert "№ 000012" in figures.body


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
def test_one_page_that_is_too_long_is_never_issued(small_plan: Plan, office: User, other: User) -> None:
    brief = actions.ask(by=None, plan=small_plan, quarter=Q1, kind="one_page", now=NOW)
    figures = json.dumps(json.loads(example.frozen()) | {"kind": "one_page"})
    actions.freeze(brief=brief, figures=figures.encode(), made=Made(b"draft", 1, 0.1), now=NOW)
    words = compose(figures).words
    key = list(words)[-1]

    def lengthen(by: User, extra: int) -> Brief:
        jobs.ask_amend(
            by=by,
            brief=brief,
            texts={key: words[key] + "长" * extra},
            composed=words,
            seen=queries.written(brief).last,
            now=NOW,
        )
        job_rows.run(brief.job_id)  # type: ignore[arg-type]
        return Brief.objects.select_related("plan", "job").get(pk=brief.pk)

    client = Client()
    client.force_login(other)
    # The first runs into what proves the brief, at the foot; the second onto another page.
    for extra in (450, 1500):
        long = lengthen(office, extra)
        assert (long.state, long.files.count()) == ("draft", 1)
        with clock.at(NOW):
            shown = client.get(reverse("brief", args=[brief.pk])).content.decode()
        assert "摘要排不下，文字超出约" in shown
        assert "草稿文件还是改前的" in shown
        with pytest.raises(Conflict, match="没有排成"):
            actions.issue(by=other, brief=long, now=NOW)
    brief.job = long.job
    short = lengthen(office, 10)
    assert short.files.count() == 2
    issued = jobs.ask_issue(by=other, brief=short, now=NOW)
    job_rows.run(issued.job_id)  # type: ignore[arg-type]
    done = Brief.objects.get(pk=brief.pk)
    assert (done.state, done.files.get(issued=True).pages) == ("issued", 1)


def test_characters_that_cannot_be_printed_are_named(draft: Brief, office: User) -> None:
    with pytest.raises(Problems) as raised:
        amend(office, draft, **{"3-1-1__done": "与𮯰公司😀签约，𮯰公司已付款。"})
    (said,) = raised.value.by_field()["3-1-1/done"]
    assert "“𮯰”（U+2EBF0）、“😀”（U+1F600）在简报字体里没有" in said
    amend(office, draft, **{"3-1-1__done": "与〓公司签约。\n"})


def test_an_amended_text_keeps_its_lines_as_paragraphs() -> None:
    content = json.loads(example.frozen())
    key = next(key for key in compose(json.dumps(content)).words if key.endswith("/done"))
    body = example.composed(content, words={key: "第一段\r\n第二段。"}).body
    assert re.search(r"第一段\s*</p>\s*<p>\s*第二段。", body)


def test_notes_explain_the_sign_in_an_amended_text() -> None:
    content = json.loads(example.frozen())
    key = next(key for key in compose(json.dumps(content)).words if key.endswith("/done"))
    told = [
        "无法印刷的字符" in example.composed(content, words=words).body
        for words in ({}, {key: "与𮯰公司签约。"})
    ]
    assert told == [False, True]


def test_two_editors_are_told_of_each_other(draft: Brief, office: User, other: User) -> None:
    amend(office, draft, overall__1=BETTER)
    with pytest.raises(Conflict, match="办公室王某刚刚改过"):
        amend(other, draft, overall__1="")


def test_two_editors_lose_nothing_of_each_other(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    """After a conflict the page shows the colleague's text where only he wrote, and both where both did."""
    words = compose(draft.figures).words
    alone, own, both = list(words)[:3]
    sent = {**words, "seen": "0", "imprint/send_to": ""}
    first, second = Client(), Client()
    first.force_login(office)
    second.force_login(other)
    page = reverse("brief_edit", args=[draft.pk])
    with clock.at(NOW):
        changes = {
            alone: f"{words[alone]}第一句。",
            both: f"{words[both]}甲。",
            "imprint/send_to": "各厅局。",
        }
        assert first.post(page, {**sent, **changes}).status_code == 302
        mine = {**sent, own: f"{words[own]}乙句。", both: f"{words[both]}乙。"}
        stale = second.post(page, mine)
        assert stale.status_code == 409
        (told,) = [one for one in stale.context if "problems_title" in one][:1]
        shown = {one.key: one for one in [*told["texts"], *told["imprint"]]}
        assert shown[alone].text == changes[alone]
        assert shown["imprint/send_to"].text == "各厅局。"
        assert shown[own].text == mine[own]
        assert (shown[both].text, shown[both].theirs) == (mine[both], changes[both])
        assert [one.key for one in shown.values() if one.theirs is not None] == [both]
        assert "有1处两人都改过" in stale.content.decode()
        again = {key: one.text for key, one in shown.items()} | {"seen": str(told["seen"])}
        assert second.post(page, again).status_code == 302
    holding = queries.written(draft)
    assert holding.words == {alone: changes[alone], own: mine[own], both: mine[both]}
    assert holding.imprint.send_to == "各厅局。"


def test_what_was_typed_wrongly_is_not_taken_for_having_seen_a_later_change(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    words = compose(draft.figures).words
    key, left = list(words)[:2]
    client = Client()
    client.force_login(other)
    page = reverse("brief_edit", args=[draft.pk])
    with clock.at(NOW):
        wrong = client.post(page, {**words, "seen": "0", "imprint/copies": "很多", key: f"{words[key]}甲。"})
        assert (wrong.status_code, wrong.context["seen"]) == (422, 0)
        assert next(one.text for one in wrong.context["texts"] if one.key == key) == f"{words[key]}甲。"
        assert next(one.text for one in wrong.context["texts"] if one.key == left) == words[left]


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


def test_a_draft_that_could_not_be_set_anew_is_tried_again(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    jobs.ask_amend(by=office, brief=draft, texts={"overall/1": BETTER}, composed=COMPOSED, seen=0, now=NOW)
    typesetter.error = pdf_renderer.TypesetError("缺少系统库")
    job_rows.run(draft.job_id)  # type: ignore[arg-type]
    client = Client()
    client.force_login(other)
    with clock.at(NOW):
        assert "缺少系统库" in client.get(reverse("brief", args=[draft.pk])).content.decode()
        refused = client.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"}, follow=True)
        assert "没有排成，不能印发" in refused.content.decode()
        typesetter.error = None
        client.post(reverse("brief_retry", args=[draft.pk]))
        job_rows.run(Brief.objects.get(pk=draft.pk).job_id)  # type: ignore[arg-type]
        client.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"})
    assert Brief.objects.get(pk=draft.pk).state == "issuing"


def test_words_set_for_an_earlier_change_do_not_take_the_place_of_a_later_one(
    draft: Brief, office: User, typesetter: Typesetter
) -> None:
    jobs.ask_amend(by=office, brief=draft, texts={"overall/1": BETTER}, composed=COMPOSED, seen=0, now=NOW)
    first = draft.job_id
    seen = queries.written(draft).last
    jobs.ask_amend(by=office, brief=draft, texts={"overall/1": ""}, composed=COMPOSED, seen=seen, now=NOW)
    for job in (draft.job_id, first):
        job_rows.run(job)  # type: ignore[arg-type]
    assert typesetter.words == [{"overall/1": ""}]


def test_the_page_shows_every_text_and_its_faults(
    draft: Brief, office: User, other: User, typesetter: Typesetter
) -> None:
    client, second = Client(), Client()
    client.force_login(office)
    second.force_login(other)
    page = reverse("brief_edit", args=[draft.pk])
    words = compose(draft.figures).words
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
        early = second.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"}, follow=True)
        assert "正在按修改后的文字重排" in early.content.decode()
        job_rows.run(Brief.objects.get(pk=draft.pk).job_id)  # type: ignore[arg-type]
        assert second.post(reverse("brief_issue", args=[draft.pk]), {"checked": "on"}).status_code == 302
        assert client.get(page).status_code == 302


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts", "fresh_pdfs")
def test_the_pdf_carries_the_words_and_no_mark_of_the_change() -> None:
    figures = example.frozen()
    words = compose(figures.decode()).words
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
    key = next(key for key in compose(figures.decode()).words if key.endswith("/done"))
    done = render(figures, example.ISSUED, {key: "<script>x</script>\x07\u202e😀&amp;\n第二行"})
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        text = "".join(page.get_text() for page in document).replace("\n", "")
    assert "〈script〉" in text or "<script>" in text or "＜script＞" in text
    assert "\u202e" not in text


def test_fixed_parts_are_found_in_their_order() -> None:
    assert fixed_parts(COMPOSED["overall/1"]) == ["2017年第一季度", "32项", "正常20项"]
    assert fixed_parts("没有") == []


def test_the_drafts_page_names_what_cannot_be_printed(small_plan: Plan, office: User) -> None:
    source = example.with_texts(example.figures(), done="项目由张\ue5e5三负责")
    client = Client()
    client.force_login(office)
    for figures, is_told in ((example.frozen_json(source), True), (example.frozen(), False)):
        brief = frozen(small_plan, figures=figures, unprintable={"\ue5e5": "张"} if is_told else {})
        with clock.at(NOW):
            page = client.get(reverse("brief", args=[brief.pk])).content.decode()
        assert ("有字印不出来" in page, "U+E5E5" in page) == (is_told, is_told)
