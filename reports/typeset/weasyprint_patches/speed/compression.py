"""Compresses at level 4. pydyf asks for level 9, which takes three times as long and saves 4 % of the file."""

import zlib
from typing import Any

import pydyf

from ..replacement import Replacement


class _Zlib:
    """What pydyf uses of the module zlib."""

    @staticmethod
    def compressobj(level: int) -> Any:
        return zlib.compressobj(level=min(level, 4))


REPLACEMENTS = (Replacement(pydyf, "zlib", (), _Zlib),)
