"""The states of schemes, corrections and score sheets and the transitions between them. Who may make a transition is in
reports.scoring.permissions."""

from reports.scoring.models import CorrectionState, SchemeState, SheetState
from tasks.transitions import Transition, table

ADOPT_SCHEME = Transition("scheme.adopt", frozenset({SchemeState.DRAFT}), SchemeState.ADOPTED)
DROP_SCHEME = Transition("scheme.drop", frozenset({SchemeState.DRAFT}), SchemeState.DROPPED)

APPROVE = Transition("score.approve", frozenset({CorrectionState.PROPOSED}), CorrectionState.APPROVED)
REJECT = Transition("score.reject", frozenset({CorrectionState.PROPOSED}), CorrectionState.REJECTED)

ANNOUNCE = Transition("score.announce", frozenset({SheetState.PROPOSED}), SheetState.ANNOUNCED)
DROP_SHEET = Transition("score.drop", frozenset({SheetState.PROPOSED}), SheetState.DROPPED)

SCHEME_TABLE = table(SchemeState, ADOPT_SCHEME, DROP_SCHEME)
CORRECTION_TABLE = table(CorrectionState, APPROVE, REJECT)
SHEET_TABLE = table(SheetState, ANNOUNCE, DROP_SHEET)
