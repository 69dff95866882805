"""The groups in which lists of agencies are shown."""

import pytest

from reports.dashboards.presenters.matrix import filters
from tasks.agencies.models import AgencyKind
from tasks.agencies.presenters import AgencyGroup, group_of


@pytest.mark.parametrize(
    ("kind", "is_lead", "group"),
    [
        (AgencyKind.DEPARTMENT, True, AgencyGroup.LEADS),
        (AgencyKind.GOVERNMENT, True, AgencyGroup.LEADS),
        (AgencyKind.DEPARTMENT, False, AgencyGroup.OTHERS),
        (AgencyKind.PARTY, False, AgencyGroup.OTHERS),
        (AgencyKind.GOVERNMENT, False, AgencyGroup.GOVERNMENTS),
        (AgencyKind.ZONE, False, AgencyGroup.ZONES),
    ],
)
def test_group_follows_the_lead_and_then_the_kind(kind: str, is_lead: bool, group: AgencyGroup) -> None:
    assert group_of(kind, is_lead=is_lead) == group


def test_matrix_offers_every_group_and_ignores_other_values() -> None:
    chosen, shown = filters({"bodies": "zones", "duty": "boss"}, {"lead", "co"})

    assert [value for value, _label in shown[0].options] == ["", *AgencyGroup.values]
    assert (chosen.bodies, chosen.duty, chosen.light) == ("zones", "", "")
