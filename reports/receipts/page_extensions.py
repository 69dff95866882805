"""Extensions of pages: receipts on a return that was sent back, while one is awaited on the form too, and on an
instruction."""

from reports.receipts.queries import Part, part
from reports.supervision.models import Instruction
from tasks.models import User, Version
from tasks.plans.models import Plan
from tasks.submissions.models import Decision
from tasks.web.page_extensions import extend


def _return(*, user: User, plan: Plan, submission_id: int, version: Version | None) -> Part | None:
    return _return_edit(user=user, version=version)


def _return_edit(*, user: User, version: Version | None) -> Part | None:
    return part(user, version) if version is not None and version.decision == Decision.RETURNED else None


def _instruction(*, user: User, instruction: Instruction) -> Part | None:
    return part(user, instruction)


extend("return", "receipts", _return)
extend("return_edit", "receipts", _return_edit)
extend("instruction", "receipts", _instruction)
