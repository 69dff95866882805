"""How often a stranger may ask for a verification."""

from typing import Any

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle

from tasks.people.access import address_of


class VerifyThrottle(SimpleRateThrottle):
    """Thirty look-ups a minute from one address, counted in each web process.

    A code has 60 bits, so this is not what keeps it from being guessed: it keeps the one page that needs no login
    from being used to wear out the database. DRF's throttle needs nothing of DRF's request but META.
    """

    scope = "verify"
    rate = "30/min"

    def get_cache_key(self, request: HttpRequest, view: Any) -> str:
        return str(self.cache_format % {"scope": self.scope, "ident": address_of(request)})
