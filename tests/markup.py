"""HTML as tests compare it: the line breaks of the templates are no content."""

import re


def one_line(html: str) -> str:
    """The HTML without its line breaks and indentation: nothing beside a tag, a space between attributes and words."""
    return re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", html))
