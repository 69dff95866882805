"""On a site with two offices each reads and sets the rules of its own jurisdiction."""

import pytest
from django.core.exceptions import PermissionDenied

from reports.supervision.forms import fingerprint
from reports.supervision.models import EscalationRule, ProposalRule
from reports.supervision.rule_actions import ProposalInput, set_proposal_rule
from reports.supervision.rules import EscalationRules, proposal_rules
from tasks.jurisdictions.models import Jurisdiction
from tests.permission_world import World, written
from tests.test_permission_table import undone
from tests.test_two_offices import world

__all__ = ["world"]  # the fixture


def test_each_office_sets_the_rules_of_its_own_jurisdiction(world: World) -> None:
    province, city = Jurisdiction.objects.get(name="某省"), Jurisdiction.objects.get(name="乙市")
    neighbour, path = world.client("city.office"), "/supervision/rules/"
    with undone():
        page = neighbour.get(path)
        assert (page.context["jurisdiction"], page.context["may_set"]) == (city, True)
        assert "某省" not in page.content.decode().partition("<main")[2]
        for key, status in ((province.pk, 403), ("0", 404)):
            assert neighbour.get(path, {"of": key}).status_code == status, key
            before = written()
            add = {"of": key, "action": "add", "stage": "answer", "after_days": "7", "to": "head"}
            assert neighbour.post(path, add).status_code == status, key
            assert written() == before
        assert neighbour.get(path, {"of": "9" * 30}).status_code == 404
        usual = ProposalRule.objects.get(jurisdiction=None, ground="red")
        asked = ProposalInput(is_active=True, threshold=4, verified_only=True, answer_days=9)
        for jurisdiction in (province, None):
            with pytest.raises(PermissionDenied, match="这个地区的"):
                set_proposal_rule(
                    by=world.users["city.office"], jurisdiction=jurisdiction, rule=usual, asked=asked
                )

        form = {
            "of": city.pk, "action": "propose", "rule": usual.pk, "before": fingerprint(usual),
            "is_active": "on", "threshold": "4", "verified_only": "on", "answer_days": "9",
        }  # fmt: skip
        assert neighbour.post(path, form).status_code == 302
        assert (
            neighbour.post(path, form, follow=True).context["messages"] is not None
        )  # it was changed meanwhile
        head = EscalationRule.objects.get(jurisdiction=None, stage="answer", to="head")
        assert neighbour.post(path, {"of": city.pk, "action": "retire", "rule": head.pk}).status_code == 302

        def of(jurisdiction: Jurisdiction | None) -> tuple[list[int], list[tuple[str, int]]]:
            key = jurisdiction.pk if jurisdiction else None
            return (
                [rule.threshold for rule in proposal_rules(key)],
                sorted((rule.stage, rule.after_days) for rule in EscalationRules().of(key)),
            )

        assert of(city) == ([4, 10, 1], [("acknowledge", 2), ("answer", 5)])
        assert of(province) == of(None) == ([2, 10, 1], [("acknowledge", 2), ("answer", 1), ("answer", 5)])
        assert ProposalRule.objects.count() == 4
        assert world.client("office").get(path).context["jurisdiction"] == province
        assert world.client("leadership").get(path, {"of": city.pk}).context["may_set"] is False
