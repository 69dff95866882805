"""The number of a task as people type it: 三(四)1, 三（四） 1, 3.4.1, 3-4-1, 第三部分第（四）条1."""

import re

from tasks.finding import plain
from tasks.plans.reading.numbering import NUMERAL
from tasks.plans.reading.quantities import chinese_number

_TOKEN = re.compile(
    rf"(?P<number>(?<!\d)\d{{1,3}}(?!\d)|{NUMERAL})|(?P<between>[()\[\].,、·．—–-]|第|部分|条|项|款|点|章|节)"
)
_MOST = 6  # levels


def number_of(text: str) -> tuple[int, ...]:
    """The levels of a number: (3, 4, 1); () for a text that is none. One level alone is a number and not a place."""
    compared, place = plain(text), 0
    levels: list[int] = []
    while place < len(compared):
        token = _TOKEN.match(compared, place)
        if token is None or len(levels) > _MOST:
            return ()
        if numeral := token["number"]:
            levels.append(int(numeral) if numeral.isdecimal() else chinese_number(numeral))
        place = token.end()
    return tuple(levels) if len(levels) > 1 else ()
