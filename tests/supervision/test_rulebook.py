"""The rules that are data: who sets them, within which bounds, and that nobody overwrites another unseen."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from reports.supervision.forms import fingerprint
from reports.supervision.models import EscalationRule, ProposalRule
from reports.supervision.rule_actions import (
    ProposalInput,
    add_escalation_rule,
    retire_escalation_rule,
    set_proposal_rule,
)
from tasks.errors import Conflict, Problems
from tasks.models import Event
from tests.pages import client
from tests.supervision.conftest import World

URL = "/supervision/rules/"


def test_a_site_begins_with_rules_that_anyone_who_reads_notices_can_read(world: World) -> None:
    assert list(ProposalRule.objects.values_list("ground", "threshold", "verified_only", "answer_days")) == [
        ("red", 2, True, 10),
        ("missing", 10, True, 5),
        ("target", 1, True, 15),
    ]
    assert list(EscalationRule.objects.values_list("stage", "after_days", "to")) == [
        ("acknowledge", 2, "head"),
        ("answer", 1, "head"),
        ("answer", 5, "leadership"),
    ]
    page = client(world.leadership).get(URL).content.decode()
    assert "连续 2 季" in page
    assert "<button" not in page.partition("<main")[2]


def test_the_office_sets_a_rule_and_the_change_is_on_record(world: World) -> None:
    rule = ProposalRule.objects.get(ground="red")
    asked = ProposalInput(is_active=True, threshold=3, verified_only=False, answer_days=8)
    set_proposal_rule(by=world.office, jurisdiction=None, rule=rule, asked=asked)
    assert (rule.threshold, rule.verified_only, rule.answer_days) == (3, False, 8)
    event = Event.objects.get(verb="rule.propose")
    assert (event.data["before"]["threshold"], event.data["after"]["threshold"]) == (2, 3)
    set_proposal_rule(
        by=world.office, jurisdiction=None, rule=rule, asked=asked
    )  # nothing changed, nothing is recorded
    assert Event.objects.filter(verb="rule.propose").count() == 1


@pytest.mark.parametrize(("threshold", "answer_days"), [(0, 5), (61, 5), (2, 0), (2, 61)])
def test_numbers_stay_within_bounds(world: World, threshold: int, answer_days: int) -> None:
    asked = ProposalInput(True, threshold, True, answer_days)
    with pytest.raises(Problems):
        set_proposal_rule(
            by=world.office, jurisdiction=None, rule=ProposalRule.objects.get(ground="red"), asked=asked
        )


def test_nobody_else_sets_rules(world: World) -> None:
    rule, asked = ProposalRule.objects.get(ground="red"), ProposalInput(True, 3, True, 5)
    for user in (world.second, world.leadership, world.reporter):
        with pytest.raises(PermissionDenied):
            set_proposal_rule(by=user, jurisdiction=None, rule=rule, asked=asked)
        with pytest.raises(PermissionDenied):
            add_escalation_rule(by=user, jurisdiction=None, stage="answer", after_days=3, to="head")
        with pytest.raises(PermissionDenied):
            retire_escalation_rule(by=user, jurisdiction=None, rule=EscalationRule.objects.get(after_days=5))


def test_a_rule_that_was_changed_meanwhile_is_not_overwritten(world: World) -> None:
    stale = ProposalRule.objects.get(ground="red")
    set_proposal_rule(
        by=world.office,
        jurisdiction=None,
        rule=ProposalRule.objects.get(ground="red"),
        asked=ProposalInput(True, 3, True, 10),
    )
    with pytest.raises(Conflict):
        set_proposal_rule(
            by=world.office, jurisdiction=None, rule=stale, asked=ProposalInput(True, 4, True, 10)
        )


def test_a_rule_of_escalation_is_added_once_and_retired_once(world: World) -> None:
    rule = add_escalation_rule(
        by=world.office, jurisdiction=None, stage="answer", after_days=3, to="leadership"
    )
    with pytest.raises(Conflict):
        add_escalation_rule(by=world.office, jurisdiction=None, stage="answer", after_days=3, to="leadership")
    retire_escalation_rule(by=world.office, jurisdiction=None, rule=rule)
    with pytest.raises(Conflict):
        retire_escalation_rule(by=world.office, jurisdiction=None, rule=rule)
    # What was retired may be said anew.
    add_escalation_rule(by=world.office, jurisdiction=None, stage="answer", after_days=3, to="leadership")
    for wrong in ({"stage": "x"}, {"to": "x"}, {"after_days": 0}):
        fields: dict[str, Any] = {"stage": "answer", "after_days": 4, "to": "head"}
        with pytest.raises(Problems):
            add_escalation_rule(by=world.office, jurisdiction=None, **{**fields, **wrong})


# -- the page -----------------------------------------------------------------------------------------------


def form_of(rule: ProposalRule, **values: Any) -> dict[str, Any]:
    return {
        "action": "propose",
        "rule": rule.pk,
        "before": fingerprint(rule),
        "is_active": "on",
        "threshold": rule.threshold,
        "verified_only": "on",
        "answer_days": rule.answer_days,
        **values,
    }


def test_the_page_sets_a_rule_says_what_is_wrong_and_whom_it_would_overwrite(world: World) -> None:
    office, rule = client(world.office), ProposalRule.objects.get(ground="missing")
    assert office.post(URL, form_of(rule, threshold=4)).status_code == 302
    kept = ProposalRule.objects.get(pk=rule.pk)
    assert (kept.threshold, kept.verified_only, kept.is_active) == (4, True, True)
    refused = office.post(URL, form_of(kept, threshold="四"))
    assert refused.status_code == 422
    assert f"rule-{rule.pk}-threshold" in refused.content.decode()
    stale = office.post(URL, form_of(rule, threshold=9), follow=True)
    assert "刚刚已由他人更改" in stale.content.decode()
    assert ProposalRule.objects.get(pk=rule.pk).threshold == 4


def test_the_page_adds_and_retires_a_rule_of_escalation(world: World) -> None:
    office = client(world.office)
    added = office.post(URL, {"action": "add", "stage": "answer", "after_days": "9", "to": "leadership"})
    assert added.headers["Location"] == f"{URL}?of=0"
    rule = EscalationRule.objects.get(after_days=9)
    assert office.post(URL, {"action": "retire", "rule": rule.pk}).status_code == 302
    assert not EscalationRule.objects.get(pk=rule.pk).is_active
    assert (
        office.post(URL, {"action": "add", "stage": "answer", "after_days": "0", "to": "head"}).status_code
        == 422
    )
    assert office.post(URL, {"action": "nothing"}).status_code == 422
    assert "已经停用" in office.post(URL, {"action": "retire", "rule": "0"}, follow=True).content.decode()
