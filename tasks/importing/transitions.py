"""The states of an import and the transitions between them; who may make them is in `permissions`."""

from django.utils.translation import gettext as _

from tasks.importing.models import ImportState, PlanImport
from tasks.transitions import Transition, table, who_was_first

UPLOAD = Transition("planimport.upload", frozenset(), ImportState.OPEN)
SUBMIT = Transition("planimport.submit", frozenset({ImportState.OPEN}), ImportState.SUBMITTED)
REOPEN = Transition("planimport.reopen", frozenset({ImportState.SUBMITTED}), ImportState.OPEN)
DISCARD = Transition(
    "planimport.discard", frozenset({ImportState.OPEN, ImportState.SUBMITTED}), ImportState.DISCARDED
)
CONFIRM = Transition("planimport.confirm", frozenset({ImportState.SUBMITTED}), ImportState.IMPORTED)
ASK_BACK = Transition("planimport.ask_back", frozenset({ImportState.IMPORTED}), ImportState.WITHDRAWING)
KEEP = Transition("planimport.keep", frozenset({ImportState.WITHDRAWING}), ImportState.IMPORTED)
TAKE_BACK = Transition("planimport.take_back", frozenset({ImportState.WITHDRAWING}), ImportState.WITHDRAWN)

TABLE = table(ImportState, UPLOAD, SUBMIT, REOPEN, DISCARD, CONFIRM, ASK_BACK, KEEP, TAKE_BACK)


def state_sentence(row: PlanImport) -> str:
    """The state of the import now, for the person who came second."""
    return who_was_first(
        row,
        _("%(who)s已于 %(when)s 将这份导入办为“%(state)s”，请刷新页面。"),
        _("这份导入现为“%(state)s”，请刷新页面。"),
        state=ImportState(row.state).label,
    )
