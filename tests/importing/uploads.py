"""Uploads for the tests of imports: files as a browser sends them, and people of the office."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tasks.importing import actions
from tasks.importing.models import PlanImport
from tasks.importing.queries import current
from tasks.people.models import User
from tasks.values import Role
from tests import factories as make
from tests.plans.sample_plan import TEXT


def file(text: str | bytes = TEXT, name: str = "盐湖方案.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def office(**values: Any) -> User:
    return make.user(Role.OFFICE, password=None, **values)


def uploaded(by: User | None = None, text: str = TEXT) -> PlanImport:
    return actions.upload(by=by or office(), upload=file(text))


def answer_all(row: PlanImport, by: User) -> None:
    """Leave every open question, with a reason."""
    edits = [
        {"op": "answer", "question": one.key, "choice": "later", "note": "待会议确定"}
        for one in current(row).questions.open
    ]
    actions.add_edits(by=by, plan_import=row, edits=edits)


def submitted(by: User | None = None) -> PlanImport:
    user = by or office()
    row = uploaded(user)
    answer_all(row, user)
    return actions.submit(by=user, plan_import=row)


def imported(by: User | None = None) -> PlanImport:
    return actions.confirm(by=office(), plan_import=submitted(by))
