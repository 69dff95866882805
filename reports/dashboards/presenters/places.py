"""The places of the governments in a rough picture, as their jurisdiction lays them out. It is no map, and no plan gives it."""

from collections.abc import Iterable

from tasks.agencies.models import Agency
from tasks.plans.models import Plan
from tasks.wording import current


def is_elsewhere(agency: Agency, plan: Plan) -> bool:
    """Whether the agency belongs to another jurisdiction than the plan."""
    return None not in (agency.jurisdiction_id, plan.jurisdiction_id) and (
        agency.jurisdiction_id != plan.jurisdiction_id
    )


def has_picture(places: Iterable[str]) -> bool:
    """Whether all these places stand in the picture. Otherwise they stand side by side instead."""
    layout = current().layout
    return bool(layout) and all(place in layout for place in places)


def place_class(place: str) -> str:
    """The CSS classes that put a place into the picture."""
    row, column = current().layout[place]
    return f"row-{row} column-{column}"


def place_name(government: str) -> str:
    """西宁市 of 西宁市人民政府, as bases and the layout name it."""
    return government.removesuffix("人民政府")
