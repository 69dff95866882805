"""What packages add to pages of packages below them.

A package registers a loader for a page under the page's URL name, in its module `page_extensions`, which the app imports
when it is ready. The page's view requests what is registered for it and hands it to its template as `parts`: a package
below cannot import those above it, and no query runs in a template.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

Loader: TypeAlias = Callable[..., Any]

LOADERS: dict[str, dict[str, Loader]] = {}


def extend(page: str, name: str, loader: Loader) -> None:
    """Register a loader for the page with this URL name; its result is `parts.<name>` in the page's template. It is called
    with the reader as `user` and with what the view hands over by name; None means that the reader has nothing to see
    or to do there. Raise ValueError for a name that the page has already."""
    loaders = LOADERS.setdefault(page, {})
    if name in loaders:
        raise ValueError(f"the page {page} has an extension {name} already")
    loaders[name] = loader


def extensions(page: str, **about: Any) -> dict[str, Any]:
    """{name: what its loader returns}, for the page with this URL name. `about` is what the page is about: `user`, and
    the plan, quarter, task, agency or brief."""
    return {name: loader(**about) for name, loader in LOADERS.get(page, {}).items()}
