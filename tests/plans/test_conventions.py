"""How plans print who is responsible, until when, and in which order: each convention and trap on a text of its own."""

from collections.abc import Callable
from datetime import date
from time import process_time

import pytest

from tasks.plans.reading.reader import read
from tasks.plans.structure import Structure, Task

HEAD = (
    "甲省人民政府办公厅关于印发《甲省桥梁养护行动方案》的通知\n甲政办发〔2022〕7号\n各市人民政府：\n"
    "现将《甲省桥梁养护行动方案》印发给你们，请认真执行。\n甲省人民政府办公厅\n2022年3月4日\n甲省桥梁养护行动方案\n"
    "为做好养护工作，制定本方案。\n一、总体要求\n到2025年，桥梁完好率达到95%。\n二、重点任务\n"
)


def plan(*items: str, head: str = HEAD) -> Structure:
    """A plan with one task for each text, numbered （一）, （二） …; an item that begins with a line break is a line."""
    numerals = iter("一二三四五六七八九")
    lines = [item[1:] if item.startswith("\n") else f"（{next(numerals)}）{item}" for item in items]
    return read(head + "\n".join(lines) + "\n")


def one(list_printed: str, *, others: str = "（省水利厅负责）") -> Task:
    """The first of two tasks, whose responsibilities are printed so."""
    structure = plan(f"检查桥梁。每年检查一次。{list_printed}", f"修理桥梁。及时修理。{others}")
    assert structure.lost == ()
    return structure.tasks[0]


def duties(task: Task) -> dict[str, list[str]]:
    """`{duty: names}`; bodies without a rank are under `-`."""
    found: dict[str, list[str]] = {}
    for mention in task.mentions:
        key = "-" if mention.basis == "unranked" else mention.duty
        found.setdefault(key, []).append(mention.name)
    return found


def bases(task: Task) -> set[str]:
    return {mention.basis for mention in task.mentions if mention.duty == "lead"}


# -- who leads -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("（甲厅牵头，乙局配合，丙市政府落实）", {"lead": ["甲厅"], "co": ["乙局"], "carry": ["丙市政府"]}),
        ("（甲厅牵头、乙局配合）", {"lead": ["甲厅"], "co": ["乙局"]}),
        ("（甲厅、乙局牵头负责，丙委参与，丁办指导）", {"lead": ["甲厅", "乙局"], "join": ["丙委"], "guide": ["丁办"]}),
        ("（甲厅牵头会同乙局、丙委落实）", {"lead": ["甲厅"], "carry": ["乙局", "丙委"]}),
        ("（由甲厅牵头，会同乙局负责）", {"lead": ["甲厅"], "co": ["乙局"]}),
        ("（甲厅牵头，乙局、丙委按职责分工负责）", {"lead": ["甲厅"], "co": ["乙局", "丙委"]}),
        ("（甲厅牵头负责，各区政府负责落实）", {"lead": ["甲厅"], "carry": ["各区政府"]}),
        ("（牵头单位：甲厅、乙局；配合单位：丙委、丁办）", {"lead": ["甲厅", "乙局"], "co": ["丙委", "丁办"]}),
        ("（牵头单位：甲厅，乙局；责任单位：丙委）", {"lead": ["甲厅", "乙局"], "co": ["丙委"]}),
        ("（牵头单位：甲厅；落实单位：各区政府；指导单位：丙委；参与单位：丁办）", {"lead": ["甲厅"], "carry": ["各区政府"], "guide": ["丙委"], "join": ["丁办"]}),
        ("（主办单位：甲厅，协办单位：乙局）", {"lead": ["甲厅"], "co": ["乙局"]}),
        ("（责任单位：甲厅；配合单位：乙局）", {"lead": ["甲厅"], "co": ["乙局"]}),
        ("〔责任单位：甲厅、乙局（丙局）〕", {"-": ["甲厅", "乙局（丙局）"]}),
        ("【牵头单位：甲厅】", {"lead": ["甲厅"]}),
        ("[责任单位：甲厅、乙局]", {"-": ["甲厅", "乙局"]}),
        ("(牵头单位:甲厅;配合单位:乙局)", {"lead": ["甲厅"], "co": ["乙局"]}),
        ("（责任单位：甲厅、乙局）", {"-": ["甲厅", "乙局"]}),
        ("（甲厅、乙局按职责分工负责）", {"-": ["甲厅", "乙局"]}),
        ("（甲厅、乙局负责）", {"-": ["甲厅", "乙局"]}),
        ("（责任单位：甲厅）", {"-": ["甲厅"]}),
        ("（甲厅负责）", {"lead": ["甲厅"]}),
        ("（甲厅等负责）", {"-": ["甲厅"]}),
        ("（各有关部门负责）", {"-": ["各有关部门"]}),
        ("（甲厅、乙局）", {"-": ["甲厅", "乙局"]}),
    ],
)  # fmt: skip
def test_roles_as_printed(printed: str, expected: dict[str, list[str]]) -> None:
    assert duties(one(printed)) == expected


@pytest.mark.parametrize(
    ("printed", "basis"),
    [("（甲厅牵头）", "stated"), ("（牵头单位：甲厅）", "stated"), ("（甲厅负责）", "single")],
)
def test_how_a_lead_is_known(printed: str, basis: str) -> None:
    assert bases(one(printed)) == {basis}


@pytest.mark.parametrize(
    "rule",
    [
        "列第一位的为牵头单位，下同",
        "排序第一单位为牵头单位，其余单位按职责分工分别负责，下同",
        "排在首位的为牵头单位",
        "排名第一的单位为牵头单位，下同",
        "第一责任单位为牵头单位，下同",
    ],
)
@pytest.mark.parametrize(
    "form", ["（责任单位：甲厅、乙局〔{}〕）", "（甲厅、乙局（{}）负责）", "（责任单位：甲厅、乙局。{}）"]
)
def test_rule_that_the_first_listed_leads(rule: str, form: str) -> None:
    structure = plan(
        f"检查桥梁。查。{form.format(rule)}",
        "修理桥梁。修。（责任单位：丙委、甲厅）",
        "登记。记。（乙局负责）",
    )
    assert [duties(task) for task in structure.tasks] == [
        {"lead": ["甲厅"], "co": ["乙局"]},
        {"lead": ["丙委"], "co": ["甲厅"]},
        {"lead": ["乙局"]},
    ]
    assert {basis for task in structure.tasks for basis in bases(task)} == {"rule"}
    assert structure.lead_rule is not None
    assert "牵头单位" in structure.lead_rule.name


def test_rule_printed_outside_the_brackets() -> None:
    structure = plan(
        "检查桥梁。查。（责任单位：甲厅、乙局）",
        "修理。修。（责任单位：乙局）",
        "\n注：责任单位中排在第一位的为牵头单位。",
    )
    assert [duties(task).get("lead") for task in structure.tasks] == [["甲厅"], ["乙局"]]


def test_rule_that_those_before_the_comma_lead() -> None:
    structure = plan(
        "检查桥梁。查。（责任单位：甲厅、乙局，丙委〔逗号前为牵头单位，未明确牵头单位的按职责分工负责，下同〕）",
        "修理桥梁。修。（责任单位：丙委，甲厅、乙局）",
        "登记桥梁。记。（责任单位：甲厅、乙局）",
    )
    assert [duties(task) for task in structure.tasks] == [
        {"lead": ["甲厅", "乙局"], "co": ["丙委"]},
        {"lead": ["丙委"], "co": ["甲厅", "乙局"]},
        {"-": ["甲厅", "乙局"]},
    ]
    assert bases(structure.tasks[0]) == {"comma"}


def test_rule_that_a_sign_marks_the_lead() -> None:
    structure = plan(
        "检查。查。（责任单位：甲厅、乙局*；标*的为牵头单位）",
        "修理。修。（责任单位：丙委*、甲厅）",
        "登记。记。（责任单位：甲厅、乙局）",
    )
    assert [duties(task) for task in structure.tasks] == [
        {"co": ["甲厅"], "lead": ["乙局"]}, {"lead": ["丙委"], "co": ["甲厅"]}, {"-": ["甲厅", "乙局"]},
    ]  # fmt: skip


def test_rule_by_bold_type_cannot_be_read_and_is_asked_about() -> None:
    structure = plan(
        "检查。查。（责任单位：甲厅、乙局，加粗的为牵头单位）", "修理。修。（责任单位：丙委、甲厅）"
    )
    assert [duties(task) for task in structure.tasks] == [{"-": ["甲厅", "乙局"]}, {"-": ["丙委", "甲厅"]}]
    assert [question.kind for question in structure.questions] == ["rule"]


def test_a_stated_lead_goes_before_the_rule() -> None:
    structure = plan(
        "检查。查。（责任单位：甲厅、乙局，列第一位的为牵头单位）",
        "修理。修。（甲厅配合，乙局牵头）",
        "登记。记。（丙委、乙局负责）",
    )
    assert [duties(task)["lead"] for task in structure.tasks] == [["甲厅"], ["乙局"], ["丙委"]]


# -- which bodies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("省住房和城乡建设厅、省工业和信息化厅和省文化和旅游厅", ["省住房和城乡建设厅", "省工业和信息化厅", "省文化和旅游厅"]),
        ("发展和改革委、中央和国家机关工委与人力资源和社会保障局", ["发展和改革委", "中央和国家机关工委", "人力资源和社会保障局"]),
        ("市自然资源和规划局会同市水利局以及各区政府", ["市自然资源和规划局", "市水利局", "各区政府"]),
        ("商务部、邮政局等和各有关省级人民政府", ["商务部", "邮政局", "各有关省级人民政府"]),
        ("省教育厅等有关部门，丙市政府、丁县政府", ["省教育厅", "丙市政府", "丁县政府"]),
        ("省教育厅等部门及丙市政府", ["省教育厅", "丙市政府"]),
        ("甲大学等高等院校，省教育厅", ["甲大学", "省教育厅"]),
        ("各市、县（市、区）人民政府、省教育厅", ["各市、县（市、区）人民政府", "省教育厅"]),
        ("相关市、县（市、区）政府", ["相关市、县（市、区）政府"]),
        ("各区、各有关部门", ["各区", "各有关部门"]),
        ("各有关区、县级市、各市州党委和政府", ["各有关区、县级市", "各市州党委和政府"]),
        ("各旗县市区、开发区", ["各旗县市区", "开发区"]),
        ("市工商联（总商会）、市总工会", ["市工商联（总商会）", "市总工会"]),
        ("子山市、丑水市、寅木市人民政府", ["子山市人民政府", "丑水市人民政府", "寅木市人民政府"]),
        ("市财政局和子山市、丑水市、寅木市政府", ["市财政局", "子山市政府", "丑水市政府", "寅木市政府"]),
        ("省商务厅、市场监管局、教育厅、子山海关、省委宣传部、统战部", ["省商务厅", "省市场监管局", "省教育厅", "子山海关", "省委宣传部", "省委统战部"]),
        ("市市场监管局、发改委、住建局，子山银保监分局", ["市市场监管局", "市发改委", "市住建局", "子山银保监分局"]),
    ],
)  # fmt: skip
def test_names_of_bodies(listed: str, expected: list[str]) -> None:
    task = one(f"（{listed}按职责分工负责）", others="（审计署负责）")
    assert [mention.name for mention in task.mentions] == expected


def test_one_body_has_one_name() -> None:
    structure = plan(
        "检查。查。（省商务厅、市场监管局、子山市、丑水市政府负责）",
        "修理。修。（省市场监管局、财政厅、丑水市政府负责）",
        "登记。记。（省财政厅负责）",
    )
    assert [agency.name for agency in structure.agencies] == [
        "省商务厅", "省市场监管局", "子山市政府", "丑水市政府", "省财政厅",
    ]  # fmt: skip


def test_a_level_left_out_once_in_a_long_plan_is_left_as_printed() -> None:
    lists = ["省甲厅、省乙厅、省丙厅、省丁厅、省戊厅、省己厅、省庚厅"] * 9
    lists[4] = lists[4].replace("省丁厅", "商务厅").replace("省己厅、", "省己厅、省辛厅、" * 15)
    structure = plan(*(f"第{n}件。做。（{listed}负责）" for n, listed in enumerate(lists)))
    assert "商务厅" in [mention.name for mention in structure.tasks[4].mentions]


@pytest.mark.parametrize(
    "sentence",
    [
        "以下各项均需各市人民政府、丁开发区管委会落实，不再一一列出",
        "以下任务均需各市人民政府、丁开发区管委会落实，不再列出",
        "以下各项工作均由各市人民政府、丁开发区管委会具体落实，不再单独列出",
    ],
)
@pytest.mark.parametrize("form", ["（甲厅、乙局负责。{}）", "（责任单位：甲厅、乙局，{}）"])
def test_bodies_that_share_all_following_tasks(sentence: str, form: str) -> None:
    structure = plan(
        f"检查。查。{form.format(sentence)}", "修理。修。（甲厅负责）", "登记。记。（乙局牵头，甲厅配合）"
    )
    assert [(m.name, m.duty) for m in structure.for_all] == [
        ("各市人民政府", "carry"),
        ("丁开发区管委会", "carry"),
    ]
    assert [[m.name for m in task.mentions if m.scope == "plan"] for task in structure.tasks] == [
        [],
        ["各市人民政府", "丁开发区管委会"],
        ["各市人民政府", "丁开发区管委会"],
    ]
    assert bases(structure.tasks[1]) == {"single"}


# -- where the lists stand -----------------------------------------------------------------------------------


def test_lists_on_lines_of_their_own() -> None:
    structure = plan(
        "检查桥梁。每年检查一次。", "\n责任单位：甲厅、乙局",
        "修理桥梁。及时修理。", "\n牵头单位：甲厅", "\n配合单位：乙局、丙委", "\n完成时限：2022年底",
        "登记桥梁。逐座登记。责任单位：丙委。",
    )  # fmt: skip
    assert [duties(task) for task in structure.tasks] == [
        {"-": ["甲厅", "乙局"]},
        {"lead": ["甲厅"], "co": ["乙局", "丙委"]},
        {"-": ["丙委"]},
    ]
    assert structure.tasks[1].deadline is not None
    assert structure.tasks[1].deadline.day == date(2022, 12, 31)
    assert structure.questions == ()


def test_labels_in_brackets_before_the_names() -> None:
    structure = plan(
        "检查桥梁。查。",
        "\n【牵头单位】甲厅 【配合单位】乙局、丙委",
        "修理桥梁。修。",
        "\n【责任单位】：甲厅、乙局",
    )
    assert [duties(task) for task in structure.tasks] == [
        {"lead": ["甲厅"], "co": ["乙局", "丙委"]}, {"-": ["甲厅", "乙局"]},
    ]  # fmt: skip


def test_list_under_the_heading_before_the_text() -> None:
    structure = plan(
        "检查桥梁", "\n牵头单位：甲厅", "\n每年检查一次。", "修理桥梁", "\n牵头单位：乙局", "\n及时修理。"
    )
    assert [duties(task) for task in structure.tasks] == [{"lead": ["甲厅"]}, {"lead": ["乙局"]}]
    text = HEAD + "（一）检查桥梁\n牵头单位：甲厅\n每年检查一次。\n"
    assert text[structure.tasks[0].body.start : structure.tasks[0].body.end] == "每年检查一次。"


def test_several_lists_in_one_item() -> None:
    structure = plan(
        "创新。推进登记。（甲局负责）加强教育。（乙局、丙部负责）重视技术。（乙局、丁部负责）",
        "支持。扶持。（甲局负责）",
    )
    assert duties(structure.tasks[0]) == {"-": ["甲局", "乙局", "丙部", "丁部"]}
    assert len(structure.tasks[0].other_brackets) == 2
    assert duties(structure.tasks[1]) == {"lead": ["甲局"]}


def test_list_at_a_part_without_items() -> None:
    text = HEAD.replace(
        "二、重点任务\n",
        "二、检查\n（一）普查。查。（甲厅负责）\n（二）抽查。抽。（甲厅负责）\n三、修理桥梁\n抓紧修理。（乙局负责）\n",
    )
    structure = read(text)
    assert [(task.code, duties(task)) for task in structure.all_tasks] == [
        ("二(一)", {"lead": ["甲厅"]}), ("二(二)", {"lead": ["甲厅"]}), ("三", {"lead": ["乙局"]}),
    ]  # fmt: skip
    assert [group.heading.name for group in structure.groups] == ["检查", "修理桥梁"]


def test_list_at_the_heading_of_a_group_is_for_its_tasks() -> None:
    structure = plan(
        "检查桥梁（牵头单位：甲厅）", "\n1.普查。查。", "\n2.抽查。抽。（责任单位：乙局）",
        "修理桥梁", "\n1.小修。修。（丙委负责）", "\n2.大修。修。（丙委负责）",
    )  # fmt: skip
    assert [group.heading.name for group in structure.groups] == ["检查桥梁", "修理桥梁"]
    assert [mention.name for mention in structure.groups[0].mentions] == ["甲厅"]
    assert [(m.name, m.scope) for m in structure.tasks[0].mentions] == [("甲厅", "group")]
    assert duties(structure.tasks[1]) == {"-": ["乙局"]}
    assert [question.kind for question in structure.questions] == ["group_bracket"]


def test_steps_of_a_task_are_no_tasks() -> None:
    structure = plan(
        "检查桥梁。",
        "\n1.普查大桥。",
        "\n2.普查小桥。（甲厅负责）",
        "修理桥梁。",
        "\n1.小修。",
        "\n2.大修。（乙局负责）",
    )
    assert [(task.code, duties(task)) for task in structure.tasks] == [
        ("二(一)", {"lead": ["甲厅"]}), ("二(二)", {"lead": ["乙局"]}),
    ]  # fmt: skip


def test_bracket_that_is_never_closed() -> None:
    structure = plan("检查。查。（牵头单位：甲厅；责任单位：乙局、丙委", "修理。修。（甲厅负责）")
    assert duties(structure.tasks[0]) == {"lead": ["甲厅"], "co": ["乙局", "丙委"]}


@pytest.mark.parametrize(
    "sentence",
    [
        "推广应用（以下简称应用）。",
        "压缩时间（不含公示）。",
        "由（甲厅负责）组织开展工作。",
        "统一标准（二期）建设。",
    ],
)
def test_brackets_that_explain_a_word_are_no_lists(sentence: str) -> None:
    assert duties(one(f"{sentence}（乙局牵头）")) == {"lead": ["乙局"]}


def test_plan_that_names_no_bodies() -> None:
    text = (
        HEAD
        + "（一）检查\n1.普查。查。\n2.抽查。抽。\n（二）修理\n3.小修。修。\n三、保障措施\n4.钱。给钱。\n"
    )
    structure = read(text)
    assert [(task.code, task.heading.name) for task in structure.all_tasks] == [
        ("二(一)1", "普查"), ("二(一)2", "抽查"), ("二(二)3", "小修"), ("三4", "钱"),
    ]  # fmt: skip
    assert structure.agencies == ()
    assert [question.kind for question in structure.questions] == ["no_agency"]


ARTICLES = "甲市河道治理办法\n第一章 总则\n第一条 为治理河道，制定本办法。\n第二章 任务\n"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("由市水务局牵头，会同市财政局、市发展改革委编制规划。", {"lead": ["市水务局"], "co": ["市财政局", "市发展改革委"]}),
        ("清理河道。由市水务局、市城管局共同牵头开展清理，各区政府配合。", {"lead": ["市水务局", "市城管局"], "co": ["各区政府"]}),
        ("清理河道：由市水务局牵头，对全市河道逐条清理，市财政局配合。", {"lead": ["市水务局"], "co": ["市财政局"]}),
        ("市教育局负责宣传，市文广旅局配合。", {"lead": ["市教育局"], "co": ["市文广旅局"]}),
        ("市水务局、市城管局共同负责验收。", {"-": ["市水务局", "市城管局"]}),
        ("由市水务局负责清理，由市应急局负责排险。", {"-": ["市水务局", "市应急局"]}),
    ],
)  # fmt: skip
def test_duties_in_sentences(sentence: str, expected: dict[str, list[str]]) -> None:
    structure = read(f"{ARTICLES}第二条 {sentence}\n第三条 由市林业局牵头，市财政局配合。\n")
    assert structure.questions == ()
    assert [task.code for task in structure.tasks] == ["第二条", "第三条"]
    assert duties(structure.tasks[0]) == expected
    assert duties(structure.tasks[1]) == {"lead": ["市林业局"], "co": ["市财政局"]}


def test_deadline_in_a_sentence_of_duties() -> None:
    structure = read(
        f"{ARTICLES}第二条 由市水务局牵头清理，2025年底前完成。\n第三条 由市林业局负责。2025年底前补贴。\n"
    )
    assert [task.deadline and task.deadline.day for task in structure.tasks] == [date(2025, 12, 31), None]


@pytest.mark.parametrize(
    "sentence",
    [
        "建立由市水务局牵头的联席会议制度。",
        "各有关部门要密切配合。",
        "项目负责人由市水务局负责人担任。",
        "通过茶博会（市商务局主办）宣传茶叶。",
        "本办法由市水务局负责解释。",
    ],
)
def test_sentences_that_give_nobody_a_duty_are_asked_about_at_their_article(sentence: str) -> None:
    structure = read(f"{ARTICLES}第二条 {sentence}\n第三条 由市林业局牵头，市财政局配合。\n")
    assert structure.tasks[0].mentions == ()
    assert [(one.kind, one.words) for one in structure.questions] == [("no_bracket", sentence[:-1])]


def test_sentence_like_a_duty_that_is_not_read_is_asked_about_at_its_place() -> None:
    structure = read(f"{ARTICLES}第二条 由市水务局会同市财政局制定规划。\n第三条 植树。每年一次。\n")
    assert structure.agencies == ()
    assert [(one.kind, one.words) for one in structure.questions] == [
        ("no_agency", "甲市河道治理办法"),
        ("bracket", "由市水务局会同市财政局制定规划"),
    ]


def test_a_few_sentences_are_no_convention_and_are_asked_about() -> None:
    steps = "".join(f"第{n}条 植树。每年一次。\n" for n in "三四")
    structure = read(f"{ARTICLES}第二条 清理。难题由区政府牵头解决。由市水务局负责。\n{steps}")
    assert structure.agencies == ()
    assert [one.words for one in structure.questions if one.kind == "bracket"] == ["由市水务局负责"]


def test_sentences_give_no_duties_in_a_plan_with_lists() -> None:
    structure = plan("检查桥梁。由省水利局牵头普查。（甲厅负责）", "修理桥梁。由省水利局负责。（乙局负责）")
    assert [duties(task) for task in structure.tasks] == [{"lead": ["甲厅"]}, {"lead": ["乙局"]}]


# -- deadlines -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "words", "day", "inferred"),
    [
        ("（甲厅负责，6月底前完成）", "6月底前完成", date(2022, 6, 30), "year"),
        ("（甲厅负责，2月底前完成）", "2月底前完成", date(2023, 2, 28), "year"),
        ("（甲厅负责，2025年底前）", "2025年底前", date(2025, 12, 31), ""),
        ("（甲厅负责；2025年6月15日前完成）", "2025年6月15日前完成", date(2025, 6, 15), ""),
        ("（责任单位：甲厅；完成时限：2023年9月）", "2023年9月", date(2023, 9, 30), ""),
        ("（责任单位：甲厅；完成时限：（2023年9月)", "2023年9月", date(2023, 9, 30), ""),
        ("（完成时限：2023年第三季度；责任单位：甲厅）", "2023年第三季度", date(2023, 9, 30), ""),
        ("（甲厅负责，2023年上半年）", "2023年上半年", date(2023, 6, 30), ""),
        ("（甲厅负责，年底前）", "年底前", date(2022, 12, 31), "year"),
        ("（甲厅负责，长期坚持）", "长期坚持", None, ""),
        ("（甲厅负责，持续推进）", "持续推进", None, ""),
        ("（甲厅牵头，乙局配合。2023年年底前完成）", "2023年年底前完成", date(2023, 12, 31), ""),
        ("（甲厅牵头；完成时限：2022年6月-2023年12月）", "2022年6月-2023年12月", date(2023, 12, 31), ""),
        ("（甲厅牵头，2022年底前出台方案）", "2022年底前出台方案", date(2022, 12, 31), ""),
        ("（甲厅牵头，2022年底前完成，并持续推进）", "2022年底前完成", date(2022, 12, 31), ""),
        ("（甲厅牵头，时限：2023—2025年）", "2023—2025年", date(2025, 12, 31), ""),
    ],
)
def test_deadlines(printed: str, words: str, day: date | None, inferred: str) -> None:
    task = one(printed)
    assert task.deadline is not None
    assert (task.deadline.name, task.deadline.day, task.deadline.inferred) == (words, day, inferred)
    assert "甲厅" in [mention.name for mention in task.mentions]


def test_date_in_the_text_is_no_deadline() -> None:
    assert one("2022年6月30日前个人购买的，给予补贴。（甲厅负责）").deadline is None


# -- headings ------------------------------------------------------------------------------------------------

TASKS = "（甲厅牵头，乙局配合）"
SKIPPED = (
    f"二、检查\n（一）普查\n1.大桥。查。{TASKS}\n2.小桥。查。{TASKS}\n（二）抽查\n3.抽大桥。抽。{TASKS}\n"
    f"三、修理\n4.修大桥。修。{TASKS}\n5.修小桥。修。{TASKS}\n四、保障措施\n（一）钱。给。（财政厅负责）\n（二）人。给。（人社厅负责）\n"
)


def outline_of(structure: Structure) -> list[str]:
    return [
        f"{group.heading.name}/{task.code} {task.heading.name}"
        for group in structure.groups
        for task in group.tasks
    ] + [f"{task.code} {task.heading.name}" for task in structure.safeguards]


SKIPPED_OUTLINE = [
    "普查/二(一)1 大桥", "普查/二(一)2 小桥", "抽查/二(二)3 抽大桥", "修理/三4 修大桥", "修理/三5 修小桥",
    "四(一) 钱", "四(二) 人",
]  # fmt: skip


def test_level_skipped_and_numbers_that_run_on() -> None:
    assert outline_of(read(HEAD.replace("二、重点任务\n", SKIPPED))) == SKIPPED_OUTLINE


@pytest.mark.parametrize("joint", ["", " ", "　　"])
def test_whole_text_on_one_line(joint: str) -> None:
    structure = read(HEAD.replace("二、重点任务\n", SKIPPED).replace("\n", joint))
    assert outline_of(structure) == SKIPPED_OUTLINE
    assert structure.head.title.name == "甲省桥梁养护行动方案"
    assert structure.head.doc_number is not None
    assert structure.head.doc_number.name == "甲政办发〔2022〕7号"


def test_page_numbers_running_heads_and_footnotes() -> None:
    page = "① 见《甲省桥梁志》。\n— {} —\n\f甲省人民政府公报\n"
    text = HEAD.replace("二、重点任务\n", SKIPPED)
    for number, words in enumerate(("大桥。查", "抽大桥。抽", "修小桥。修", "钱。给"), 1):
        first = words[: len(words) // 2]
        text = text.replace(words, f"{first}\n{page.format(number)}{words[len(first) :]}", 1)
    structure = read(text)
    assert [name.split(" ")[0] for name in outline_of(structure)] == [
        name.split(" ")[0] for name in SKIPPED_OUTLINE
    ]
    assert [duties(task) for task in structure.tasks] == [{"lead": ["甲厅"], "co": ["乙局"]}] * 5


def test_the_same_duties_at_the_edges_of_pages_are_no_running_head() -> None:
    duty = "（甲厅牵头，乙局配合）"
    structure = read(
        HEAD
        + "".join(
            f"（{mark}）修理{what}。修。\n{duty}\n— {n} —\n"
            for n, (mark, what) in enumerate(
                zip("一二三四", ("大桥", "小桥", "便桥", "浮桥"), strict=True), 1
            )
        )
    )
    assert [duties(task) for task in structure.tasks] == [{"lead": ["甲厅"], "co": ["乙局"]}] * 4


def test_bare_page_number_inside_a_name() -> None:
    structure = plan("检查。查。（甲厅牵头，省商\n— 3 —\n务厅配合）", "修理。修。（甲厅牵头）")
    assert duties(structure.tasks[0]) == {"lead": ["甲厅"], "co": ["省商务厅"]}


def test_numbering_that_begins_again_is_another_annex() -> None:
    structure = read(
        HEAD
        + f"（一）检查桥梁。查。{TASKS}\n附件2\n甲省隧道养护方案\n一、检查\n（一）查隧道。查。{TASKS}\n（二）抽隧道。抽。{TASKS}\n二、修理\n（一）修隧道。修。{TASKS}\n"
    )
    assert [(task.ref, task.heading.name) for task in structure.tasks] == [
        ("2-1", "检查桥梁"), ("1b-1", "查隧道"), ("1b-2", "抽隧道"), ("2b-1", "修隧道"),
    ]  # fmt: skip
    assert [(group.number, group.heading.name) for group in structure.groups] == [
        (1, "重点任务"), (2, "检查"), (3, "修理"),
    ]  # fmt: skip


def test_list_of_annexes_is_no_part_of_the_last_item() -> None:
    structure = plan("检查。查。（甲厅负责）", "修理。修。（甲厅负责）", "\n附件：1.名单", "\n2.分工表")
    assert len(structure.tasks) == 2
    assert structure.questions == ()


@pytest.mark.parametrize(
    ("marks", "codes"),
    [
        (("第一章 ", "第{}条 "), ["第一条", "第二条", "第三条"]),
        (("一、", "（{}）"), ["一(一)", "一(二)", "一(三)"]),
        (("一、", "{}、"), ["一1", "一2", "一3"]),
        (("一、", "（{}）、"), ["一(一)", "一(二)", "一(三)"]),
        (("一、", "({})"), ["一(1)", "一(2)", "一(3)"]),
        (("一、", "①②③"), ["一①", "一②", "一③"]),
        (("一、", "{}．"), ["一1", "一2", "一3"]),
        (("一、", "１２３"), ["一(1)", "一(2)", "一(3)"]),
    ],
)
def test_kinds_of_numbers(marks: tuple[str, str], codes: list[str]) -> None:
    first, second = marks
    arabic = second in ("{}、", "{}．", "({})")
    printed = [
        f"（{second[n]}）"
        if second == "１２３"
        else second[n]
        if second == "①②③"
        else second.format(n + 1 if arabic else "一二三"[n])
        for n in range(3)
    ]
    text = f"桥梁方案\n{first}任务\n" + "".join(
        f"{mark}第{n}事。做。（甲厅负责）\n" for n, mark in enumerate(printed)
    )
    structure = read(text)
    assert [(task.code, task.heading.name) for task in structure.tasks] == [
        (code, f"第{n}事") for n, code in enumerate(codes)
    ]


def test_number_left_out_and_number_printed_twice_are_asked_about() -> None:
    text = HEAD + "".join(f"（{n}）做第{n}事。做。（甲厅负责）\n" for n in "一二二四九")
    structure = read(text)
    assert [task.ref for task in structure.tasks] == ["2-1", "2-2", "2-2b", "2-4", "2-9"]
    assert [question.kind for question in structure.questions] == ["numbering"] * 3


def test_heading_on_a_line_of_its_own_ends_there() -> None:
    structure = plan(
        "检查桥梁，消除隐患",
        "\n各市要全面检查，发现问题及时处理，",
        "\n做好记录。（甲厅牵头）",
        "修理桥梁",
        "\n及时修理。（乙局牵头）",
    )
    assert [task.heading.name for task in structure.tasks] == ["检查桥梁，消除隐患", "修理桥梁"]


@pytest.mark.parametrize(
    ("printed", "heading"),
    [
        ("检查桥梁：到2024年底前，查完120座桥梁，并逐座登记。（甲厅负责）", "检查桥梁"),
        ("检查桥梁：每座桥梁都要检查，查出的病害及时上报。再逐座登记。（甲厅负责）", "检查桥梁"),
        ("加强宣传：各区要广泛宣传养护知识。（甲厅负责）", "加强宣传"),
        ("检查桥梁：查完120座桥梁。（甲厅负责）", "检查桥梁"),
        # The colon belongs to the heading: there is no sentence after it, or further text says what to do.
        ("实施“三查”行动：普查、抽查、复查\n每年一次。（甲厅负责）", "实施“三查”行动：普查、抽查、复查"),
        ("推进一件事：旧桥换新。逐座更换桥面。（甲厅负责）", "推进一件事：旧桥换新"),
        ("坚持预防为主：源头管控，过程监管。各区逐座登记。（甲厅负责）", "坚持预防为主：源头管控，过程监管"),
        ("强化三项保障：资金、人员、设备同步到位。逐项落实。（甲厅负责）", "强化三项保障：资金、人员、设备同步到位"),
    ],
)  # fmt: skip
def test_heading_with_a_colon(printed: str, heading: str) -> None:
    structure = plan(printed, "修理桥梁。修。（乙局负责）")
    assert structure.lost == ()
    task = structure.tasks[0]
    assert (task.heading.name, duties(task)) == (heading, {"lead": ["甲厅"]})


def test_text_after_a_colon_is_read_as_any_text() -> None:
    structure = plan(
        "检查桥梁：到2024年，新建泵站120座，逐座登记。（牵头单位：甲厅；完成时限：2024年底前）",
        "修理桥梁。修。（乙局负责）",
    )
    task = structure.tasks[0]
    assert task.deadline is not None
    assert task.deadline.day == date(2024, 12, 31)
    assert [(target.value, target.unit) for target in structure.targets if target.task == task.ref] == [
        (120, "座")
    ]


def test_heading_set_apart_by_a_wide_space() -> None:
    structure = plan(
        "检查桥梁　　每年检查一次，发现问题及时处理。（甲厅牵头）", "修理桥梁  及时修理。（乙局牵头）"
    )
    assert [task.heading.name for task in structure.tasks] == ["检查桥梁", "修理桥梁"]


def test_kinds_of_parts() -> None:
    text = HEAD.replace("二、重点任务\n", SKIPPED)
    assert [part.kind for part in read(text).parts] == ["aims", "tasks", "tasks", "safeguards"]


def test_heading_that_begins_with_digits() -> None:
    structure = plan(
        *(f"\n{n}.{head}。做。（甲厅牵头）" for n, head in enumerate(["甲事", "121人才项目", "乙事"], 1))
    )
    assert [task.heading.name for task in structure.tasks] == ["甲事", "121人才项目", "乙事"]


def test_task_beside_groups_is_a_group_of_its_own() -> None:
    structure = plan(
        "\n1.平台", "\n（1）开发。做。（甲厅牵头）", "\n（2）接入。做。（甲厅牵头）", "\n2.应用。做。（甲厅牵头）",
        "\n3.管理", "\n（1）检查。做。（甲厅牵头）", "\n（2）通报。做。（甲厅牵头）",
    )  # fmt: skip
    assert outline_of(structure) == [
        "平台/二1(1) 开发", "平台/二1(2) 接入", "应用/二2 应用", "管理/二3(1) 检查", "管理/二3(2) 通报",
    ]  # fmt: skip


LISTED = "（省商务厅牵头，省财政厅、市场监管局和各市、县（市、区）人民政府按职责分工负责，2023年底前完成）"


def items(count: int) -> str:
    return "".join(
        f"{n}.做第{n}件事。{'加快推进各项工作，完善机制。' * 4}{LISTED}\n" for n in range(1, count)
    )


HOSTILE: dict[str, Callable[[int], str]] = {
    "tasks": lambda n: HEAD + items(250 * n),
    "one line": lambda n: (HEAD + items(250 * n)).replace("\n", ""),
    "brackets never closed": lambda n: HEAD + "（" * 15000 * n,
    "nested brackets": lambda n: HEAD + "（一）甲。" + "（" * 5000 * n + "甲厅负责" + "）" * 5000 * n,
    "nested brackets in a list": lambda n: HEAD + "（一）甲。（责任单位：" + "（" * 5000 * n + "甲厅" + "）" * 5000 * n + "）",
    "lists never closed": lambda n: HEAD + "（一）甲。（责任单位：甲局、乙局" * 2500 * n,
    "numbers": lambda n: HEAD + "1.x\n" * 2500 * n,
    "decimal numbers": lambda n: HEAD + "1.1 事\n" * 2500 * n,
    "numbers in words": lambda n: HEAD + "任务一：做。\n" * 2500 * n,
    "names joined": lambda n: HEAD + "（一）甲。（" + "甲局和" * 8000 * n + "负责）",
    "labels": lambda n: HEAD + "牵头单位：甲局\n" * 2500 * n,
    "labels on one line": lambda n: HEAD + "。牵头单位：甲局" * 5000 * n,
    "summaries": lambda n: HEAD + "以上任务由甲局负责。" * 2500 * n,
    "title": lambda n: "关于" * 20000 * n + HEAD,
    "quotes": lambda n: HEAD + "“《" * 20000 * n,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.few(2)
@pytest.mark.parametrize("kind", HOSTILE)
def test_twice_the_text_takes_about_twice_the_time(kind: str) -> None:
    def seconds(n: int) -> float:
        text = HOSTILE[kind](n)
        began = process_time()
        read(text)
        return process_time() - began

    seconds(1)  # caches
    once = min(seconds(1), seconds(1))
    assert min(seconds(2), seconds(2)) < 3 * once + 0.2


def test_a_hundred_pages_take_less_than_two_seconds() -> None:
    text = HEAD + "".join(
        f"（{'一二三四五六七八九十'[n % 10]}）做好第{n}项工作。{'加快推进各项工作，完善机制建设，提高水平。' * 30}{LISTED}\n"
        for n in range(80)
    )
    assert len(text) > 100 * 540
    began = process_time()
    read(text)
    assert process_time() - began < 2


# -- head ----------------------------------------------------------------------------------------------------


def headed(head: str, tail: str = "") -> Structure:
    return read(f"{head}一、任务\n（一）检查。查。（甲厅负责）\n（二）修理。修。（乙局负责）\n{tail}")


def test_title_over_several_lines_and_two_issuers() -> None:
    head = headed(
        "中共甲市委办公室 甲市人民政府办公室\n关于印发《甲市优化\n营商环境方案》的通知\n甲办发〔2023〕1号\n各区：\n"
        "《甲市优化营商环境方案》已经同意，现印发给你们。\n中共甲市委办公室\n甲市人民政府办公室\n2023年2月7日\n甲市优化\n营商环境方案\n"
    ).head
    assert head.title.name == "甲市优化营商环境方案"
    assert [issuer.name for issuer in head.issuers] == ["中共甲市委办公室", "甲市人民政府办公室"]
    assert head.issued_on is not None
    assert head.issued_on.day == date(2023, 2, 7)


def test_issuer_over_two_lines_with_a_seal_on_behalf() -> None:
    head = headed(
        "关于印发《甲省方案》的通知\n各市：\n现印发《甲省方案》。\n甲省制造业高质量发展（数字经济发展）\n领导小组办公室（代章）\n"
        "2024年9月2日\n甲省方案\n"
    ).head
    assert [issuer.name for issuer in head.issuers] == ["甲省制造业高质量发展（数字经济发展）领导小组办公室"]


def test_day_of_the_document_before_the_day_of_publication() -> None:
    head = headed(
        "索 引 号：\n000/2018\n发文机关：\n甲省人民政府\n成文日期：\n2018年12月11日\n标　　题：\n甲省人民政府关于养护的意见\n"
        "发文字号：\n甲政〔2018〕1号\n发布日期：\n2018年12月21日\n主 题 词：\n\n甲省人民政府关于\n养护的意见\n甲政〔2018〕1号\n\n各市：\n"
        "现提出以下意见：\n"
    ).head
    assert head.issued_on is not None
    assert head.issued_on.day == date(2018, 12, 11)
    assert head.title.name == "甲省人民政府关于养护的意见"
    assert [issuer.name for issuer in head.issuers] == ["甲省人民政府"]


def test_signature_at_the_end() -> None:
    head = headed(
        "1. 甲省人民政府办公厅关于养护工作的通知（2023 年5 月10 日）\n甲政办发〔2023〕38 号\n各市：\n现通知如下：\n",
        "甲省人民政府办公厅\n2023 年5 月10 日\n（此件公开发布）\n",
    ).head
    assert head.title.name == "甲省人民政府办公厅关于养护工作的通知"
    assert [issuer.name for issuer in head.issuers] == ["甲省人民政府办公厅"]
    assert head.issued_on is not None
    assert head.issued_on.day == date(2023, 5, 10)


@pytest.mark.parametrize(
    ("closing", "begins", "ends"),
    [
        ("本方案自2023年2月1日起施行，有效期至2023年12月31日。", "2023-02-01", "2023-12-31"),
        ("本方案自2023年2月1日起施行，有效期5年。", "2023-02-01", "2028-01-31"),
        ("本方案自印发之日起施行，有效期二年。", "2023-01-15", "2025-01-14"),
        ("本方案由甲厅负责解释。", None, None),
    ],
)
def test_in_force(closing: str, begins: str | None, ends: str | None) -> None:
    head = headed(
        "甲省人民政府关于印发甲省方案的通知\n各市：\n现印发给你们。\n甲省人民政府\n2023年1月15日\n甲省方案\n",
        closing,
    ).head
    assert (head.in_force_from and head.in_force_from.day.isoformat()) == begins
    assert (head.in_force_to and head.in_force_to.day.isoformat()) == ends


def test_what_is_not_printed_is_left_open() -> None:
    head = headed("甲省桥梁方案\n").head
    assert head.title.name == "甲省桥梁方案"
    assert (head.doc_number, head.issuer, head.issued_on, head.in_force_from, head.in_force_to) == (None,) * 5


# -- targets -------------------------------------------------------------------------------------------------


def targets(aims: str, task: str = "查。") -> list[tuple[int | None, float | None, str, str]]:
    structure = read(
        f"甲省方案\n一、发展目标\n{aims}\n二、任务\n（一）检查。{task}（甲厅负责）\n（二）修。修。（甲厅负责）\n"
    )
    return [(target.year, target.value, target.unit, target.quote.name) for target in structure.targets]


@pytest.mark.parametrize(
    ("aims", "expected"),
    [
        ("到2025年，培育企业10家，单项冠军50家。", [(2025, 10, "家", "培育企业10家"), (2025, 50, "家", "单项冠军50家")]),
        ("到2025年，普及率和覆盖率分别达到65%和55%。", [(2025, 65, "%", "普及率和覆盖率分别达到65%"), (2025, 55, "%", "普及率和覆盖率分别达到65%和55%")]),
        ("到2025年、2030年，普及率分别达到65%和75%。", [(2025, 65, "%", "普及率分别达到65%"), (2030, 75, "%", "普及率分别达到65%和75%")]),
        ("到2025年，甲率、乙率均达到45%。", [(2025, 45, "%", "甲率、乙率均达到45%")]),
        ("2025年底前，建成10座。到2030年，规模突破2万亿元。", [(2025, 10, "座", "建成10座"), (2030, 2, "万亿元", "规模突破2万亿元")]),
    ],
)  # fmt: skip
def test_targets_of_the_aims(aims: str, expected: list[tuple[int, float, str, str]]) -> None:
    assert targets(aims) == expected


@pytest.mark.parametrize(
    ("words", "value", "upper", "comparison"),
    [
        ("完好率达到95%以上", 95, None, "以上"), ("新增企业5—8家", 5, 8, ""), ("投资1000万元左右", 1000, None, "左右"),
        ("时间压缩到3个工作日以内", 3, None, "以内"), ("占比不低于28%", 28, None, "不低于"),
    ],
)  # fmt: skip
def test_ranges_and_comparisons(words: str, value: float, upper: float | None, comparison: str) -> None:
    structure = read(f"甲省方案\n一、发展目标\n到2025年，{words}。\n二、任务\n（一）检查。查。（甲厅负责）\n")
    (target,) = structure.targets
    assert (target.value, target.upper, target.comparison) == (value, upper, comparison)


def test_targets_in_a_task_go_on_after_a_comma() -> None:
    found = targets("坚持统筹。", "到2025年，改造1.5万户，新建泵站30座，覆盖率达到90%。各地要落实。")
    assert found == [
        (2025, 1.5, "万户", "改造1.5万户"), (2025, 30, "座", "新建泵站30座"), (2025, 90, "%", "覆盖率达到90%"),
    ]  # fmt: skip


# -- what was not understood ---------------------------------------------------------------------------------


def test_list_outside_every_item_is_asked_about() -> None:
    text = HEAD.replace("一、总体要求", "（甲厅、乙局负责）\n一、总体要求") + f"（一）检查。查。{TASKS}\n"
    structure = read(text)
    assert [(question.kind, question.words) for question in structure.questions] == [
        ("bracket", "（甲厅、乙局负责）")
    ]
    assert structure.summary.startswith("没有读全")


def test_text_without_tasks_is_no_success() -> None:
    assert read("甲省方案\n一、总体要求\n坚持统筹。\n").summary.startswith("没有读出任何任务")


def test_number_that_is_no_heading_is_asked_about() -> None:
    structure = plan("检查。查。（甲厅负责）", "\n7.另有一事。", "修理。修。（甲厅负责）")
    assert [(question.kind, question.words) for question in structure.questions] == [
        ("number", "7.另有一事。")
    ]
    assert structure.tasks[0].confidence == "low"


def test_name_that_is_none_is_asked_about() -> None:
    structure = plan("检查。查。（甲厅、压实责任、乙局负责）", "修理。修。（甲厅负责）")
    assert [(question.kind, question.words) for question in structure.questions] == [("name", "压实责任")]


def test_bodies_that_share_all_tasks_by_a_sentence_of_the_text() -> None:
    structure = read(
        HEAD
        + f"以下各项任务均需各市人民政府落实，不再逐一列出。\n（一）检查。查。{TASKS}\n（二）修理。修。{TASKS}\n"
    )
    assert [[m.name for m in task.mentions if m.scope == "plan"] for task in structure.tasks] == [
        ["各市人民政府"]
    ] * 2


def test_person_is_no_body() -> None:
    task = one("（牵头领导：张三；牵头单位：甲厅；责任单位：乙局）")
    assert duties(task) == {"lead": ["甲厅"], "co": ["乙局"]}


def test_safeguards_without_bodies_are_mentioned() -> None:
    text = HEAD + f"（一）检查。查。{TASKS}\n三、保障措施\n（一）钱。给。\n（二）人。给。\n"
    structure = read(text)
    assert structure.safeguards == ()
    assert [(question.kind, question.words) for question in structure.questions] == [("idle", "保障措施")]
