"""The help of every page by the name of its address: its own, or that of the place of the navigation to which it belongs."""

from qhplan.help import filing, managing, outcomes, reading
from qhplan.help.values import Help, Text
from qhplan.navigation import PLACES

PAGES: dict[str, Help] = {**reading.PAGES, **filing.PAGES, **outcomes.PAGES, **managing.PAGES}

# Readable without signing in, as the pages are.
PUBLIC = frozenset({"login", "verify"})


def name_of_help(url_name: str) -> str:
    """Under which name the help of a page is kept; "" for a page without any."""
    if url_name in PAGES:
        return url_name
    return next((place.name for place in PLACES.values() if url_name in place.pages), "")


def title_of(name: str) -> Text:
    """What a page with help is called: a place as in the navigation."""
    return PAGES[name].title or PLACES[name].label
