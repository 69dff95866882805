"""The places of the governments in a rough picture of the province. It is no map, and the plan does not give it."""

from collections.abc import Iterable

from tasks.agencies.models import Agency
from tasks.plans.models import Plan

# {slug: (row, column)} of a grid of three rows and four columns.
_PLACES = {
    "haixi": (1, 1),
    "haibei": (1, 3),
    "hainan": (2, 2),
    "xining": (2, 3),
    "haidong": (2, 4),
    "yushu": (3, 1),
    "guoluo": (3, 2),
    "huangnan": (3, 3),
}


def is_elsewhere(agency: Agency, plan: Plan) -> bool:
    """Whether the agency belongs to another jurisdiction than the plan."""
    return None not in (agency.jurisdiction_id, plan.jurisdiction_id) and (
        agency.jurisdiction_id != plan.jurisdiction_id
    )


def has_picture(slugs: Iterable[str]) -> bool:
    """Whether all these governments stand in the picture. Those of another province stand side by side instead."""
    return all(slug in _PLACES for slug in slugs)


def place_class(slug: str) -> str:
    """The CSS classes that place an agency in the picture; "" (the next free place) for one that is not in it."""
    row, column = _PLACES.get(slug, (0, 0))
    return f"row-{row} column-{column}" if row else ""


def place_name(government: str) -> str:
    """西宁市 of 西宁市人民政府, as bases are listed by place."""
    return government.removesuffix("人民政府")
