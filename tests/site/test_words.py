"""One word for a thing, and the words of an official: what was replaced does not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Regular expressions of old words; a word of everyday use is named with its neighbours.
GONE = (
    "没有登录成", "这不归您办", "开得太久", "正在取数", "怎么说", "怎么核", "日历怎么看", "牵头单位怎么看", "谁负责，找谁",
    "取出了什么", "取出\\{\\{", "已过未到", "所述时点", "所知时点", "此刻所知", "当时所知", "谁还没报", "催哪些", "怎么催", "看哪里",
    "怎样算的", "这个数从哪里来", "没有等候的", "没有待签批的", "可以送的", "没动的", "整件报送", "放回表里", "不要了",
    "有人先保存", "引入草稿", "作在", "有把握", "存疑", "什么也不会自己了结", "改密码", "改日期", "改草案", "填报期(?!间)",
    "(?<!重新)开放填报", "重新开放", "机密★", "从不合计", "一页纸", "没有办成", "报送件", "目标与路径", "低于路径", "高于路径",
    "按路径", "请你(?!单位)", "你的", "该字段",
)  # fmt: skip
# 修改密码 and 请修改日期 are new words that hold old ones.
PATTERN = re.compile(
    "|".join(f"(?:{word})" for word in GONE)
    .replace("改密码", "(?<![修更])改密码")
    .replace("改日期", "(?<!修)改日期")
)


@pytest.mark.slow
def test_old_words_are_gone() -> None:
    files = [
        path
        for folder in ("templates", "tasks", "reports", "qhplan")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".py", ".js", ".txt"} and "migrations" not in path.parts
    ]
    assert len(files) > 500
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := PATTERN.search(line))
    ]
    assert not found, "\n".join(found)
