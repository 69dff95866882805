"""The audit log on screen: every verb that the code writes is registered once, by a package that writes it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tasks.audit.labels import STATES, SUBJECTS, VERBS, register, state_text, subject_text, verb_text

BASE = Path(settings.BASE_DIR)
VERB = re.compile(r"[a-z]+\.[a-z_]+")
WRITERS = {"record", "Entry", "Transition"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """The modules of the product but for migrations and the labels themselves."""
    for app in ("tasks", "reports", "qhplan"):
        for path in sorted((BASE / app).rglob("*.py")):
            if "migrations" not in path.parts and path.name != "audit_labels.py":
                yield path.relative_to(BASE), ast.parse(path.read_text(encoding="utf-8"))


def texts(node: ast.AST) -> Iterator[str]:
    """The texts below a node that have the shape of a verb."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and VERB.fullmatch(part.value):
            yield part.value


def verbs_of(module: ast.Module) -> set[str]:
    """The verbs that a module writes: those handed to a writer of the audit log, and those that are handed as `verb` or
    in a call to a function of the package that writes them."""
    prefixes = {verb.partition(".")[0] for verb in VERBS}
    found = set()
    for call in ast.walk(module):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            found |= {verb for one in call.keywords if one.arg == "verb" for verb in texts(one.value)}
            named = {verb for argument in call.args[:3] for verb in texts(argument)}
            found |= {verb for verb in named if name in WRITERS or verb.partition(".")[0] in prefixes}
    return found


@pytest.mark.slow
def test_every_verb_is_registered_by_a_package_that_writes_it() -> None:
    written: dict[str, set[str]] = {}
    for path, module in modules():
        for verb in verbs_of(module):
            written.setdefault(verb, set()).add("/".join(path.parts[:2]))
    registered = {
        verb: "/".join(path.relative_to(BASE).parts[:2])
        for app in ("tasks", "reports")
        for path in (BASE / app).glob("*/audit_labels.py")
        for verb in texts(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert set(registered) == set(VERBS) == set(written)
    assert {verb: package for verb, package in registered.items() if package not in written[verb]} == {}


def test_nothing_is_registered_twice() -> None:
    before = dict(VERBS)
    with pytest.raises(ValueError, match=r"registered twice.*return\.submit"):
        register(verbs={"return.submit": "提交"})
    assert before == VERBS


def test_subjects_are_models_and_only_they_have_states() -> None:
    models = {
        model._meta.model_name
        for app in ("tasks", "reports")
        for model in apps.get_app_config(app).get_models()
    }
    assert set(SUBJECTS) - models == {"page"}
    assert set(STATES) - set(SUBJECTS) == set()


def test_labels() -> None:
    """`accepted` has two labels, one for a lead submission and one for a co submission; the log has one for both."""
    assert (verb_text("return.submit"), verb_text("no.verb")) == ("提交填报", "no.verb")
    assert (subject_text("brief:3"), subject_text("other:3")) == ("简报 3", "other 3")
    texts = [
        state_text(subject, state)
        for subject, state in [
            ("brief:3", "issued"),
            ("brief:3", ""),
            ("submission:3", "accepted"),
            ("submission:3", "draft"),
            ("cycle:3", "late"),
            ("appeal:3", "upheld"),
            ("lineage:3", "refuted"),
        ]
    ]
    assert texts == ["已印发", "—", "已通过", "草稿", "逾期可补报", "申诉成立", "不成立"]
