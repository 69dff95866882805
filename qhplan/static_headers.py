"""Headers of static files, which WhiteNoise serves before any of our middleware."""

from wsgiref.headers import Headers


def add(headers: Headers, path: str, url: str) -> None:
    """A static file that is opened as a page loads, runs and sends nothing."""
    headers["Content-Security-Policy"] = (
        "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"
    )
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
