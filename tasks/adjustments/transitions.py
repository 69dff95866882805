"""The states of an adjustment and the transitions between them; tasks.people.permissions has the permissions."""

from tasks.adjustments.models import AdjustmentState
from tasks.transitions import Transition, table

PROPOSE = Transition("adjustment.propose", frozenset(), AdjustmentState.PROPOSED)
APPROVE = Transition("adjustment.approve", frozenset({AdjustmentState.PROPOSED}), AdjustmentState.APPROVED)
REJECT = Transition("adjustment.reject", frozenset({AdjustmentState.PROPOSED}), AdjustmentState.REJECTED)
WITHDRAW = Transition("adjustment.withdraw", frozenset({AdjustmentState.PROPOSED}), AdjustmentState.WITHDRAWN)

TABLE = table(AdjustmentState, PROPOSE, APPROVE, REJECT, WITHDRAW)
