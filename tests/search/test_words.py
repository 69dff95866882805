"""What people type is compared alike in Python and in the database, whatever they type."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Value

from reports.briefs.models import BriefText
from reports.coordination.models import REQUEST_WORDS, CoordinationRequest
from reports.search import asking, records
from reports.search.numbers import number_of
from reports.supervision.models import INSTRUCTION_WORDS, NOTICE_WORDS, Instruction, Notice
from tasks.comments.models import COMMENT_WORDS, Comment
from tasks.finding import LONGEST, MOST_WORDS, excerpt, places, plain, read_query, runs
from tasks.grams import holds, joined
from tasks.models import Version
from tasks.projects.models import PROJECT_OPEN_WORDS, PROJECT_WITHHELD_WORDS, ProjectVersion
from tasks.submissions.fields import FIELDS, Kind
from tasks.submissions.models import OPEN_WORDS, WITHHELD_WORDS
from tasks.values import Role
from tasks.workplans.models import MEASURE_WORDS, MILESTONE_WORDS, Measure, Milestone
from tests import factories as make

ODD = [
    "100%",
    "a_b",
    "back\\slash",
    "it's",
    '"quoted"',
    "<b>x</b>",
    "😀电池",
    "1:*",
    "a&b|c!d",
    "(",
    ":",
    "％＿",
    "㎡",
    "ＬＮＧ",
]


@pytest.mark.parametrize("text", ["　省 商务厅\n", "ＡＢｃ１２", "三（四）１", "㎡", "Straße", *ODD])
def test_both_compare_a_text_alike(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tasks_plain(%s)", [text])
        assert cursor.fetchone()[0] == plain(text)


@pytest.mark.parametrize("word", ODD)
def test_odd_words_are_found_as_they_are(db: None, word: str) -> None:
    make.version(task := make.task(make.plan()), agency := make.agency(), "2017Q1", done=f"前文{word}后文")
    make.version(task, agency, "2017Q1", done="别的文字")
    query = read_query(word)
    found = Version.objects.filter(holds(list(query.words), *OPEN_WORDS))
    assert [version.done for version in found] == [f"前文{word}后文"]
    assert [run.text for run in runs(f"前文{word}后文", query.words) if run.is_hit] == [word]


def test_words_are_found_over_spaces_and_not_over_fields(db: None) -> None:
    task, agency = make.task(make.plan()), make.agency()
    made = make.version(
        task, agency, "2017Q1", done="碳酸\n锂 扩产，盐湖", next_steps="提锂",
        problems=[{"category": "money", "text": "缺 资金"}, {"category": "land", "text": "用地"}],
    )  # fmt: skip

    def finds(word: str, *parts: object) -> bool:
        return Version.objects.filter(holds([plain(word)], *parts), pk=made.pk).exists()  # type: ignore[arg-type]

    assert finds("酸锂扩", *OPEN_WORDS)
    assert finds("锂", *OPEN_WORDS)
    assert finds("盐湖", *OPEN_WORDS)
    assert not finds("盐湖提锂", *OPEN_WORDS)
    assert not finds("锂酸", *OPEN_WORDS)
    assert not finds("碳酸湖", *OPEN_WORDS)
    assert finds("缺资金", *WITHHELD_WORDS)
    assert not finds("资金用地", *WITHHELD_WORDS)
    assert not finds("money", *WITHHELD_WORDS)
    assert not finds("资金", *OPEN_WORDS)


def test_pairs_that_stand_apart_are_no_word(db: None) -> None:
    make.version(make.task(make.plan()), make.agency(), "2017Q1", done="盐湖，湖提，提锂")
    assert not Version.objects.filter(holds(["盐湖提锂"], *OPEN_WORDS)).exists()


def test_what_is_read_of_a_submission_is_its_texts_by_who_may_see_them() -> None:
    texts = [field for field in FIELDS if field.kind in (Kind.TEXT, Kind.PROBLEMS)]
    assert {field.name for field in texts if not field.withheld} == set(OPEN_WORDS)
    names = {getattr(part, "name", part) for part in WITHHELD_WORDS if isinstance(part, str)} | {"problems"}
    assert {field.name for field in texts if field.withheld} == names


@pytest.mark.slow
def test_the_index_is_used(db: None) -> None:
    """Its expression is that of the search, or every search would read the whole table."""
    tables: list[tuple[Any, tuple[Any, ...], str]] = [
        (Version, OPEN_WORDS, "version_words"),
        (Version, WITHHELD_WORDS, "version_withheld_words"),
        (Notice, NOTICE_WORDS, "notice_words"),
        (CoordinationRequest, REQUEST_WORDS, "coordination_words"),
        (Instruction, INSTRUCTION_WORDS, "instruction_words"),
        (Measure, MEASURE_WORDS, "measure_words"),
        (Milestone, MILESTONE_WORDS, "milestone_words"),
        (ProjectVersion, PROJECT_OPEN_WORDS, "project_version_words"),
        (ProjectVersion, PROJECT_WITHHELD_WORDS, "project_version_problems"),
        (BriefText, ("text",), "brief_text_words"),
        (Comment, COMMENT_WORDS, "comment_words"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for model, parts, name in tables:
            assert name in model._default_manager.filter(holds(["锂电"], *parts)).order_by().explain()


def test_a_query_is_read_in_words() -> None:
    assert read_query("　锂电  西宁 ").words == ("锂电", "西宁")
    assert read_query("锂电 锂电").words == ("锂电",)
    assert read_query(" \t\u3000\x00\u200b").words == ()
    assert read_query("a\x00b").words == ("ab",)
    assert read_query("字" * (LONGEST + 1)).refusal
    assert read_query("字" * 2000).text == "字" * LONGEST
    assert read_query(" ".join("甲乙丙丁戊己"[: MOST_WORDS + 1])).refusal
    assert not read_query("字" * LONGEST).refusal


def test_marks_stand_on_the_characters_that_were_written() -> None:
    assert places("扩大 ＬＮＧ 储备lng", ["lng"]) == [(3, 6), (9, 12)]
    assert [run.text for run in runs("锂 电池", ["锂电"])] == ["锂 电", "池"]
    assert "".join(run.text for run in excerpt("甲" * 200 + "锂电" + "乙" * 200, ["锂电"])).startswith("…甲")
    assert [run.text for run in excerpt("没有这个词", ["锂电"])] == ["没有这个词"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("三(四)1", (3, 4, 1)), ("三（四）1", (3, 4, 1)), ("三（四） １", (3, 4, 1)), ("3.4.1", (3, 4, 1)),
        ("3-4-1", (3, 4, 1)), ("３．４．１", (3, 4, 1)), ("第三部分(四)1项", (3, 4, 1)), ("三、(十二)", (3, 12)), ("四(一)", (4, 1)),
        ("2017", ()), ("锂电", ()), ("三(四)锂", ()), ("", ()), ("1.2.3.4.5.6.7.8", ()), ("(" * 60, ()), ("1" * 60, ()),
    ],
)  # fmt: skip
def test_numbers_are_read_in_any_writing(text: str, levels: tuple[int, ...]) -> None:
    assert number_of(text) == levels


def test_joined_parts_are_one_text(db: None) -> None:
    make.version(make.task(make.plan()), make.agency(), "2017Q1", done="甲")
    assert Version.objects.annotate(whole=joined("done", Value("乙"))).values_list("whole").get() == (
        "甲\x1e乙",
    )


@pytest.mark.slow
def test_no_more_is_loaded_than_is_shown(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a submission's versions the last one that has the words is shown; how many submissions there are is counted after
    that, and of more than are counted it is said."""
    monkeypatch.setattr(asking, "MOST", 3)
    monkeypatch.setattr(asking, "_KEYS", 6)
    task = make.task(make.plan())
    leader = make.user(Role.LEADERSHIP, password=None)
    for _number in range(3):
        agency = make.agency()
        for _again in range(2):
            made = make.accept(make.version(task, agency, "2017Q1", done="盐湖提锂"))
    found = records.returns(asking.Asker(leader, read_query("盐湖提锂")), 1)
    assert (found.count, found.is_more) == (3, False)
    assert [hit.url for hit in found.hits] == [f"/returns/{made.submission_id}/versions/{made.number}/"]
    make.accept(make.version(task, agency, "2017Q1", done="盐湖提锂"))
    found = records.returns(asking.Asker(leader, read_query("盐湖提锂")), 0)
    assert (found.count, found.is_more, found.hits) == (3, True, [])
    for _number in range(9):  # newer ones, of which the pairs stand apart
        make.accept(make.version(task, agency, "2017Q1", done="盐湖，湖提，提锂"))
    found = records.returns(asking.Asker(leader, read_query("盐湖提锂")), 1)
    assert (found.count, found.is_more, len(found.hits)) == (3, True, 1)
