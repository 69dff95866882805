"""Pages travel compressed: a quarter's overview is 330 kB of text and a tenth of that as gzip.

Django adds bytes at random to what it compresses and masks the tokens of forms anew for each page, so that the length of
an answer tells nothing of them (BREACH). Files are compressed already, or are sent as they are.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "image/svg+xml")


class CompressedTexts(GZipMiddleware):
    """Django's compression, of texts alone."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        return super().process_response(request, response)
