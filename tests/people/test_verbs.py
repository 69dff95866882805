"""The record speaks in words: every verb that the code writes has one."""

import re
from pathlib import Path

from django.conf import settings

from tasks.people.verbs import VERBS

_WRITTEN = re.compile(r"""(?:verb=|\b(?:Entry|Transition|Way)\(\s*)"([a-z_]+\.[a-z_]+)\"""")


def test_every_verb_has_words() -> None:
    sources = [
        path
        for app in ("tasks", "reports", "qhplan")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
    ]
    written = {verb for path in sources for verb in _WRITTEN.findall(path.read_text(encoding="utf-8"))}
    assert written - set(VERBS) == set()
