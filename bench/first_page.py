"""The first page that a browser with an empty cache opens, over a slow line: 150 ms and 1.6 Mbit/s.

Served as in production: static files with hashed names and compressed, pages compressed. What stands as the floor is
the limit of 100 kB without fonts; beside it the largest contentful paint, what moved while it loaded, and whether the
page says the same without scripts.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import bench
from bench import Measured, figure
from bench.filled import filled_plan

LIMIT = 100.0  # kB
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
WIDTHS = {1440: 900, 390: 844}
OBSERVED = """() => new Promise(done => {
    let lcp = 0, cls = 0;
    new PerformanceObserver(l => { for (const e of l.getEntries()) lcp = e.startTime; })
        .observe({type: 'largest-contentful-paint', buffered: true});
    new PerformanceObserver(l => { for (const e of l.getEntries()) cls += e.value; })
        .observe({type: 'layout-shift', buffered: true});
    const came = performance.getEntriesByType('navigation')[0].responseStart;
    setTimeout(() => done([lcp, cls, came]), 300);
})"""


@contextlib.contextmanager
def _served() -> Iterator[str]:
    """The address of this process's site."""
    from django.conf import settings
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.test import override_settings
    from waitress import create_server

    kept = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    with override_settings(
        STATIC_ROOT=bench.scratch / "static",
        STORAGES={**settings.STORAGES, "staticfiles": kept},
        WHITENOISE_USE_FINDERS=False,
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        yield f"http://127.0.0.1:{server.effective_port}"


@cache
def _site() -> tuple[str, Any]:
    """The address, and a browser."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    address = bench.cleanup.enter_context(_served())
    chromium = bench.cleanup.enter_context(sync_playwright()).chromium
    return address, chromium.launch(executable_path=found, chromium_sandbox=False)


@cache
def _session() -> str:
    from tasks.values import Role
    from tests import factories as make
    from tests.pages import client

    return client(make.user(Role.LEADERSHIP, password=None)).cookies["sessionid"].value


def _open(path: str, width: int, *, scripts: bool = True) -> tuple[float, float, float, float, str]:
    """(kB, milliseconds until the largest paint, layout shift, milliseconds until the first byte, the page's text)."""
    address, browser = _site()
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, java_script_enabled=scripts, locale="zh-CN"
    )
    if path != "/login/":
        context.add_cookies([{"name": "sessionid", "value": _session(), "url": address}])
    page = context.new_page()
    network = context.new_cdp_session(page)
    fonts, sizes = set[str](), dict[str, float]()
    network.on(
        "Network.responseReceived",
        lambda told: fonts.add(told["requestId"]) if told["type"] == "Font" else None,
    )
    network.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}),
    )
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", LINE)
    page.goto(address + path, wait_until="networkidle")
    lcp, cls, came = page.evaluate(OBSERVED) if scripts else (0.0, 0.0, 0.0)
    text = page.inner_text("main")
    context.close()
    return sum(size for one, size in sizes.items() if one not in fonts) / 1000, lcp, cls, came, text


def _figure(name: str, width: int) -> None:
    @figure(f"first_page_{name}_{width}", "kB")
    def page() -> Measured:
        path = "/login/" if name == "login" else f"/plans/{filled_plan().slug}/"
        _open(path, width)  # templates are read once
        size, lcp, cls, came, text = _open(path, width)
        plain = _open(path, width, scripts=False)[4]
        more = {
            "lcp_ms": round(lcp),
            "first_byte_ms": round(came),
            "shift": round(cls, 3),
            "same_without_script": plain == text,
        }
        return Measured(size, LIMIT, more)


for _name in ("login", "overview"):
    for _width in WIDTHS:
        _figure(_name, _width)
