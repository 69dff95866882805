"""Tells whether a text holds several plans: one after the other, each with its title and its own 一、."""

import re

from tasks.plans.names import clean

_FIRST = re.compile(r"[ \t　]*(?:一[、､]|第一[章条部])")
_TITLE = re.compile(
    r"[^。；：！？]*(?:方案|计划|规划|纲要|意见|措施|要点|办法)(?:（[^（）]*）|《?[^《》]*》)?"
)
_ANNEX = re.compile(r"附[件录表][\d一二三四五六七八九十]{0,3}(?:[:：]|$)")
_NUMBER = re.compile(r"[^\s〔\[［（]{1,16}[〔\[［（](?:19|20)\d\d[〕\]］）]\d{1,4}号")
_NUMBERED = re.compile(
    r"[（(]?(?:[一二三四五六七八九十百]+|\d{1,3})[）)、.．]|第[一二三四五六七八九十百]+[章节条]"
)
_BEFORE = 25  # lines between a title and its first heading: the notice, dates, an introduction
_LONGEST = 70  # characters of a title on one line


def titles_of_plans(text: str) -> list[str]:
    """The titles of the plans in the text, in order; at most one unless it surely holds several.

    An annex of a plan is a part of it, also one with a title and numbers of its own; so is a table of contents. After an
    annex only another document number begins another plan.
    """
    lines = [line for line in map(clean, text.splitlines()) if line]
    found: list[tuple[str, str]] = []  # title, document number
    end, annexed = 0, False
    for start in (number for number, line in enumerate(lines) if _FIRST.match(line)):
        skipped, end = lines[end:start], start + 1
        annexed = bool(found) and (annexed or any(_ANNEX.match(line) for line in skipped))
        before = skipped[-_BEFORE:]
        title = next((line for line in before if _is_title(line)), "")
        number = next((line for line in before if _NUMBER.fullmatch(line)), "")
        if not found:
            is_another = True
        elif number:
            is_another = number != found[-1][1]
        else:
            is_another = not annexed
        if title and is_another and title not in (known for known, _number in found):
            found.append((title, number))
            annexed = False
    return [title for title, _number in found]


def _is_title(line: str) -> bool:
    return len(line) <= _LONGEST and bool(_TITLE.fullmatch(line)) and not _NUMBERED.match(line)
