"""What packages add to pages of packages below them: every page is there, and its view requests what is registered."""

import ast
import inspect
import sys
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tasks.web.page_extensions import LOADERS, extend, extensions


def views(resolver: URLResolver) -> dict[str, Any]:
    """{URL name: view}."""
    found: dict[str, Any] = {}
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            found |= views(one)
        elif isinstance(one, URLPattern) and one.name:
            found[one.name] = one.callback
    return found


def requested(module: str) -> dict[str, set[str]]:
    """{page: the names of what is handed over}, of the calls of `extensions` in a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        str(ast.literal_eval(call.args[0])): {str(keyword.arg) for keyword in call.keywords}
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "extensions"
    }


def test_every_page_that_is_extended_exists_and_its_view_requests_it() -> None:
    pages = views(get_resolver())
    assert set(LOADERS) - set(pages) == set()
    for page, loaders in LOADERS.items():
        handed = requested(pages[page].__module__)
        assert page in handed, f"the view of {page} does not request its extensions"
        for name, loader in loaders.items():
            assert set(inspect.signature(loader).parameters) == handed[page], f"{page}: {name}"


def test_every_page_that_requests_extensions_has_some() -> None:
    modules = {view.__module__ for view in views(get_resolver()).values()}
    pages = {
        page for module in modules if module.startswith(("tasks.", "reports.")) for page in requested(module)
    }
    assert pages == set(LOADERS)


def test_a_name_is_registered_once_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOADERS, "desk", dict(LOADERS["desk"]))
    extend("desk", "another", lambda **about: sorted(about))
    with pytest.raises(ValueError, match="desk has an extension another already"):
        extend("desk", "another", lambda **about: None)
    monkeypatch.setitem(LOADERS, "desk", {"another": LOADERS["desk"]["another"]})
    assert extensions("desk", user=1, plan=2) == {"another": ["plan", "user"]}
    assert extensions("nowhere", user=1) == {}
