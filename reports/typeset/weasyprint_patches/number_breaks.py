"""Keeps a number and its measure word on one line.

Pango breaks lines by Unicode's rules, which allow a break between a number and the Chinese word after it. An attribute
forbids it for the expressions below. A percentage and the ratio after it are the opposite case: see
`pdf_renderer._allow_breaks`.
"""

import re
from typing import Any

from weasyprint.text.ffi import ffi, pango
from weasyprint.text.line_break import Layout

from .replacement import Replacement

# A number with its measure word (32项) or as a ratio (63/79), the number of a table (表1) or an annex (附件2), a number
# in a list with the bracket after it (1.（), and the number of a passage of a plan (三（一）1).
_UNBREAKABLE = re.compile(
    r"\d[\d,.]*(?:[项个件家名人次亿万元年月日期]|/\d+)"
    r"|[表图]\d+|附件\d+|\d{1,2}\.（|[一二三四五六七八九十]+（[一二三四五六七八九十]+）\d*"
)
ffi.cdef("PangoAttribute * pango_attr_allow_breaks_new (gboolean allow_breaks);")

_original_set_text = Layout.set_text


def _set_text(layout: Any, text: str, justify: bool = False) -> None:
    """Layout.set_text, which then forbids the breaks."""
    _original_set_text(layout, text, justify)
    text = layout.text
    spans = [match.span() for match in _UNBREAKABLE.finditer(text)]
    if not spans:
        return
    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    for start, end in spans:
        attribute = pango.pango_attr_allow_breaks_new(False)
        attribute.start_index, attribute.end_index = len(text[:start].encode()), len(text[:end].encode())
        pango.pango_attr_list_change(attributes, attribute)
    pango.pango_layout_set_attributes(layout.layout, attributes)


REPLACEMENTS = (Replacement(Layout, "set_text", ("self", "text", "justify"), _set_text),)
