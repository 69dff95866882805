"""What a structure says of itself: its file, its names, its questions and its summary."""

from dataclasses import replace
from datetime import date

from tasks.plans.structure import QUESTIONS, Deadline, Question, Span, from_json, to_json
from tests.plans.texts import found


def test_fields_at_their_default_are_not_written() -> None:
    assert '"questions"' not in to_json(found())
    assert '"basis"' not in to_json(found())


def test_every_field_survives_the_file() -> None:
    first = found().groups[0]
    task = first.tasks[0]
    mention = replace(task.mentions[0], basis="stated", full="省科学技术厅", role="牵头单位", scope="group")
    due = Deadline(5, 9, "6月底前", day=date(2016, 6, 30), inferred="year")
    task = replace(task, mentions=(mention,), deadline=due, other_brackets=(Span(9, 12),), confidence="low")
    group = replace(first, tasks=(task,), code="三(一)", above=(first.heading,))
    whole = replace(
        found(),
        groups=(group,),
        for_all=(mention,),
        questions=tuple(Question(0, 1, kind, "一") for kind in QUESTIONS),
    )
    again = from_json(to_json(whole))
    assert again.groups[0].tasks[0].deadline == due
    assert again.questions == whole.questions
    assert to_json(again) == to_json(whole)


def test_summary_begins_with_what_is_missing() -> None:
    whole = replace(found(), questions=(Question(0, 1, "deadline", "年内"),))
    assert whole.summary.startswith("读出 32 项任务、7 项保障措施、37 个单位名称，有 1 处待核对")
    missing = replace(whole, questions=(*whole.questions, Question(0, 1, "number", "40.")))
    assert missing.summary.startswith("没有读全：有 1 处没有用上")


def test_every_question_is_a_sentence() -> None:
    sentences = [Question(0, 1, kind, "甲").sentence for kind in QUESTIONS]
    assert all(sentence.endswith("。") and "%" not in sentence for sentence in sentences)
