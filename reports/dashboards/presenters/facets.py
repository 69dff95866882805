"""A line of links above a list, each with how many rows it would leave."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FacetLink:
    """One link of _parts/facets.html. `light` draws the link as a light with its word instead of the label."""

    label: str
    url: str
    count: int
    current: bool
    light: str = ""
