"""XML from a file that somebody sent, as a tree, in time that grows with its size and no faster.

Expat and ElementTree are quick with what spreadsheet programs write, and not with everything that XML allows: a
namespace's address is copied for every name in it, and a text is copied at every comment that breaks it. Both are
refused beyond what any program writes.
"""

import re
from xml.etree import ElementTree

MAX_REMARKS = 100  # comments and processing instructions; programs write one or two
# A namespace declared otherwise than by a short prefix and a short address.
_LONG_NAMESPACE = re.compile(
    rb"\sxmlns(?=[\s:=])(?!(?::[^\s=\"'<>/:]{1,40})?\s{0,8}=\s{0,8}(?:\"[^\"<]{0,300}\"|'[^'<]{0,300}'))"
)
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}<\?xml\s[^<>?]{0,180}\?>")
_ENCODING = re.compile(rb"encoding\s{0,8}=\s{0,8}[\"'](?:utf-8|us-ascii)[\"']", re.IGNORECASE)


def is_plain(xml: bytes) -> bool:
    """Whether the XML declares no types or entities of its own, and is written in UTF-8."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\x00" in xml[:200]:
        return False
    if b"<?xml" not in xml[:200]:
        return True
    declared = _DECLARATION.match(xml)
    # An encoding outside what we look at would let declarations through, in letters that we do not know.
    return declared is not None and (
        b"encoding" not in declared[0] or _ENCODING.search(declared[0]) is not None
    )


def tree(xml: bytes) -> ElementTree.Element:
    """The root of XML that `is_plain`; raises ElementTree.ParseError for what cannot be read in short time."""
    if xml.count(b"<!--") + xml.count(b"<?") > MAX_REMARKS:
        raise ElementTree.ParseError("too many comments")
    if _LONG_NAMESPACE.search(xml):
        raise ElementTree.ParseError("a namespace that no program writes")
    return ElementTree.fromstring(xml)  # noqa: S314 — no declarations, so nothing expands
