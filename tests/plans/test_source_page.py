"""The source page: every passage can be reached, and none breaks the text or the markup."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse

from tasks.models import Passage, Plan, Project, Task
from tasks.plans.annotations import Quoted, Section, quoted_in, section_of, sections
from tasks.plans.reading.layout import Layout
from tests import factories as make

VOID = {"br", "hr", "img", "input", "link", "meta", "circle", "line", "path", "rect", "text"}


class Reader(HTMLParser):
    """Checks that tags close in order; collects ids, links and the words of paragraphs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.paragraphs: list[str] = []
        self.in_text = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a" and values.get("href"):
            assert "a" not in self.open, "a link within a link"
            self.links.append(str(values["href"]))
        if tag not in VOID:
            self.open.append(tag)
        if "text" in str(values.get("class", "")).split():
            self.in_text = len(self.open)
        if tag == "p" and self.in_text:
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()
        if len(self.open) < self.in_text:
            self.in_text = 0

    def handle_data(self, data: str) -> None:
        if self.in_text and "p" in self.open and "sup" not in self.open:
            self.paragraphs[-1] += data


def words_of(shown: list[Section]) -> list[str]:
    return [
        "".join(piece.text for piece in paragraph.pieces)
        for section in shown
        for paragraph in section.paragraphs
    ]


def quote(start: int, end: int) -> Quoted:
    return Quoted(start, end, Project(name=f"{start}-{end}"))


# -- cutting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 10)],
        [(0, 10), (2, 5)],  # nested
        [(0, 6), (4, 10)],  # overlapping
        [(0, 10), (0, 4), (0, 2)],  # beginning together
        [(2, 10), (6, 10), (8, 10)],  # ending together
        [(3, 3 + 1), (4, 5), (5, 6)],  # one beside the other
        [(0, 12), (3, 9), (5, 20), (8, 9)],
    ],
)
def test_pieces_give_back_the_text_and_open_every_passage_once(spans: list[tuple[int, int]]) -> None:
    text = "建立健全政府监督､行业自律\n和中介服务相结合的监管体系｡"

    shown = sections(text, [quote(*span) for span in spans])

    assert words_of(shown) == Layout(text).flat.split("\n")
    opened = [
        (mark.start, mark.end)
        for s in shown
        for p in s.paragraphs
        for piece in p.pieces
        for mark in piece.opens
    ]
    assert sorted(opened) == sorted(spans)
    assert sum(len(piece.closes) for s in shown for p in s.paragraphs for piece in p.pieces) == len(spans)


def test_piece_belongs_to_its_shortest_passage() -> None:
    (shown,) = sections("甲乙丙丁戊己", [quote(0, 6), quote(2, 4)])

    pieces = [
        (
            piece.text,
            (piece.annotation.start, piece.annotation.end) if piece.annotation else None,
            piece.depth,
        )
        for piece in shown.paragraphs[0].pieces
    ]
    assert pieces == [("甲乙", (0, 6), 1), ("丙丁", (2, 4), 2), ("戊己", (0, 6), 1)]


def test_objects_of_one_passage_share_a_mark() -> None:
    (shown,) = sections("甲乙丙", [quote(0, 2), quote(0, 2)])

    assert [(mark.start, mark.end, len(mark.quoted)) for mark in shown.marks] == [(0, 2, 2)]


def test_passage_over_a_wrapped_line_is_one_piece_of_the_shown_text() -> None:
    text = "推进智能\n\n制造｡"

    shown = sections(text, [quote(2, 8)])

    assert words_of(shown) == ["推进智能制造。"]
    assert [piece.text for piece in shown[0].paragraphs[0].pieces if piece.annotation] == ["智能制造"]


# -- the first plan -----------------------------------------------------------------------------------------


@pytest.fixture
def page(client: Client, plan: Plan) -> str:
    client.force_login(make.user(password=None))
    response = client.get(reverse("source", args=[plan.slug]))
    assert response.status_code == 200
    content: str = response.content.decode()
    return content


def test_source_page_is_closed_to_administrators(client: Client, plan: Plan) -> None:
    from tasks.values import Role

    client.force_login(make.user(Role.AUDIT_ADMIN, password=None))

    assert client.get(reverse("source", args=[plan.slug])).status_code == 403


def test_source_page_shows_the_whole_text_and_nothing_else(page: str, plan: Plan) -> None:
    assert Reader(page).paragraphs == Layout(plan.text).flat.split("\n") or "".join(
        Reader(page).paragraphs
    ) == Layout(plan.text).flat.replace("\n", "")


def test_source_page_has_an_anchor_for_every_passage_once(page: str, plan: Plan) -> None:
    ids = Reader(page).ids
    used = {(one.start, one.end) for one in quoted_in(plan)}

    assert len(ids) == len(set(ids))
    assert {one for one in ids if one.startswith("p-")} == {f"p-{start}-{end}" for start, end in used}
    assert {(p.start, p.end) for p in Passage.objects.filter(plan=plan)} <= used


def test_source_page_links_lead_somewhere(page: str) -> None:
    read = Reader(page)

    for link in set(read.links):
        if link.startswith("#"):
            assert link[1:] in read.ids
        else:
            resolve(link.partition("#")[0].partition("?")[0])


def test_source_page_tells_that_the_stored_text_is_untouched(page: str, plan: Plan) -> None:
    assert "存储的原文一字未改" in page
    assert "､" in plan.text
    assert "､" not in "".join(Reader(page).paragraphs)


def test_source_page_asks_a_fixed_number_of_queries(
    client: Client, plan: Plan, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make.user(password=None))

    with django_assert_max_num_queries(28):
        client.get(reverse("source", args=[plan.slug]))


def test_task_page_leads_to_its_passage_and_back(client: Client, plan: Plan, page: str) -> None:
    task = Task.objects.select_related("passage").get(plan=plan, ref="3-4-3")
    assert task.passage is not None
    anchor = f"p-{task.passage.start}-{task.passage.end}"

    shown = client.get(reverse("task", args=[plan.slug, task.ref])).content.decode()

    assert f"{reverse('source', args=[plan.slug])}#{anchor}" in Reader(shown).links
    assert reverse("task", args=[plan.slug, task.ref]) in Reader(page).links


def test_every_task_shows_its_own_words_with_number_and_bracket(plan: Plan) -> None:
    quoted = quoted_in(plan)
    for task in (
        Task.objects.filter(plan=plan).select_related("passage", "body").prefetch_related("mentions__passage")
    ):
        assert task.passage is not None
        ends = [task.passage.end, *(m.passage.end for m in task.mentions.all() if m.passage)]
        shown = section_of(
            plan.text, quoted, task.passage.start, max(ends + ([task.body.end] if task.body else []))
        )
        words = "".join(words_of([shown]))

        assert re.match(r"(\d+\.|（[一二三四五六七]）)", words), words[:20]
        assert words.rstrip("。").endswith("）"), words[-30:]
