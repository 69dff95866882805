"""Two at once, on connections of their own: one wins, the other is told."""

from qhplan import clock
from reports.scoring import actions, schemes
from reports.scoring.models import Appeal, ScoreSheet
from tests.scoring.conftest import NOW, P1, World
from tests.supervision.test_at_once import at_once


def test_one_of_two_wins(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        world.scheme()

    def propose() -> str:
        return str(actions.propose_sheet(by=world.office, plan=world.plan, period=P1).state)

    assert sorted(at_once([propose, propose])) == ["conflict", "proposed"]
    sheet = ScoreSheet.objects.get()

    def decide(by: object, announce: bool) -> str:
        return str(actions.decide_sheet(by=by, sheet=sheet, announce=announce, note="有误").state)  # type: ignore[arg-type]

    results = at_once([lambda: decide(world.leader, True), lambda: decide(world.second, False)])
    assert results.count("conflict") == 1
    if "dropped" in results:
        with clock.at(NOW):
            sheet = world.announced()

    def appeal() -> str:
        actions.make_appeal(
            by=world.approver, sheet=ScoreSheet.objects.get(pk=sheet.pk), agency=world.lead, text="有异议"
        )
        return "made"

    assert sorted(at_once([appeal, appeal])) == ["conflict", "made"]
    assert Appeal.objects.count() == 1


def test_two_who_judge_a_draft_at_once(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        draft = world.written()

    def decide(by: object, adopt: bool) -> str:
        return str(schemes.decide_scheme(by=by, scheme=draft, revision=1, adopt=adopt).state)  # type: ignore[arg-type]

    results = at_once([lambda: decide(world.leader, True), lambda: decide(world.second, False)])
    assert results.count("conflict") == 1
