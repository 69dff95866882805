"""The states of a ledger and the transitions between them; who may make them is in `permissions`."""

from django.utils.translation import gettext as _

from tasks.ledgers.models import Ledger, LedgerState
from tasks.transitions import Transition, table, who_was_first

UPLOAD = Transition("ledger.upload", frozenset(), LedgerState.OPEN)
SUBMIT = Transition("ledger.submit", frozenset({LedgerState.OPEN}), LedgerState.SUBMITTED)
REOPEN = Transition("ledger.reopen", frozenset({LedgerState.SUBMITTED}), LedgerState.OPEN)
DISCARD = Transition(
    "ledger.discard", frozenset({LedgerState.OPEN, LedgerState.SUBMITTED}), LedgerState.DISCARDED
)
IMPORT = Transition("ledger.import", frozenset({LedgerState.OPEN}), LedgerState.IMPORTED)
CONFIRM = Transition("ledger.confirm", frozenset({LedgerState.SUBMITTED}), LedgerState.CONFIRMED)
ASK_UNDO = Transition("ledger.ask_undo", frozenset({LedgerState.CONFIRMED}), LedgerState.UNDOING)
KEEP = Transition("ledger.keep", frozenset({LedgerState.UNDOING}), LedgerState.CONFIRMED)
UNDO = Transition("ledger.undo", frozenset({LedgerState.UNDOING}), LedgerState.UNDONE)

TABLE = table(LedgerState, UPLOAD, SUBMIT, REOPEN, DISCARD, IMPORT, CONFIRM, ASK_UNDO, KEEP, UNDO)


def state_sentence(row: Ledger) -> str:
    """The state of the ledger now, for the person who came second."""
    return who_was_first(
        row,
        _("%(who)s已于 %(when)s 将这份台账办为“%(state)s”，请刷新页面。"),
        _("这份台账现为“%(state)s”，请刷新页面。"),
        state=LedgerState(row.state).label,
    )
