"""The pages work in Chromium 86, of which the browsers of 麒麟 and 统信 are made: style sheets and scripts use nothing that
is younger, unless it is a refinement that an older browser leaves out without harm."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "qhplan" / "static"
# What a browser does not know there makes it drop the whole rule, or leaves the page without what it is for.
STYLES = {
    r":has\(": 105,
    r":(?:is|where)\(": 88,
    r":not\([^()]*(?:\([^()]*\)[^()]*)*,": 88,
    r":not\([^()]*\s": 88,
    r":user-(?:in)?valid": 119,
    r"::details-content": 131,
    r"(?<![-\w])inset\s*:": 87,
    r"(?:margin|padding)-(?:block|inline)\s*:": 87,
    r"inset-(?:block|inline)": 87,
    r"aspect-ratio\s*:": 88,
    r"overflow(?:-[xy])?\s*:\s*clip": 90,
    r"@layer|@container|@scope|@property|@starting-style": 99,
    r"color-mix\(|light-dark\(|oklch\(|lch\(": 111,
    r"\d(?:d|s|l)v[hw]\b": 108,
    r"@media[^{]*[<>]": 104,
    r"(?:^|[{;])\s*&": 112,
    r"(?<![-\w])(?:translate|rotate|scale)\s*:": 104,
    r"subgrid": 117,
    r"(?<!-webkit-)\bprint-color-adjust(?!: exact;)": 136,
    r"(?<!-webkit-)\bbackdrop-filter|(?<!-webkit-)\bmask(?:-\w+)?\s*:": 120,
}
SCRIPTS = {
    r"\.at\(": 92,
    r"\bstructuredClone\b": 98,
    r"\bObject\.(?:hasOwn|groupBy)\b": 93,
    r"\.findLast(?:Index)?\(": 97,
    r"\.to(?:Sorted|Reversed|Spliced)\(|\.with\(": 110,
    r"\.checkVisibility\(": 105,
    r"\bAbortSignal\.(?:timeout|any)\b": 103,
    r"\bcrypto\.randomUUID\b": 92,
    r"\bPromise\.withResolvers\b": 119,
    r"\.inert\b|\binert=": 102,
    r"\.showPopover\(|\.togglePopover\(": 114,
    r"\bstatic\s*\{": 94,
    r"^await\b": 89,
    r":has\(|:is\(|:where\(": 88,
    r"\.isWellFormed\(|\bArray\.fromAsync\b": 111,
    r"\bscrollend\b": 114,
    r"\bIntl\.(?:Segmenter|DurationFormat)\b": 87,
    r"#\w+\s+in\s": 91,
}


def _code(path: Path) -> str:
    """The file without its comments."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return text if path.suffix == ".css" else re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)


def younger(text: str, patterns: dict[str, int]) -> list[str]:
    return [
        f"{match[0].strip()} (Chromium {since})"
        for pattern, since in patterns.items()
        for match in re.finditer(pattern, text, flags=re.MULTILINE)
    ]


@pytest.mark.parametrize(("folder", "patterns"), [("css", STYLES), ("js", SCRIPTS)])
def test_nothing_younger_is_used(folder: str, patterns: dict[str, int]) -> None:
    found = {path.name: younger(_code(path), patterns) for path in sorted((STATIC / folder).iterdir())}
    assert found
    assert {name: words for name, words in found.items() if words} == {}


def test_what_is_younger_is_seen() -> None:
    for style in (
        "tr:has(> td) {}", "a:is(b, c) {}", "p:not(.a, .b) {}", "p:not(.a + *) {}", ".x { inset: 0; }", ".x { padding-block: 1px; }",
        ".a { & b {} }", "@media (width < 40rem) {}", ".x { height: 100dvh; }", ".x { print-color-adjust: economy }",
    ):  # fmt: skip
        assert younger(style, STYLES), style
    for style in (
        "input:not([type=\"radio\"]):not(:checked) {}", ".x { box-shadow: inset 3px 0 0 red; clip-path: inset(50%); }",
        ".x { scroll-padding-top: 1rem; margin-top: 0; }",
    ):  # fmt: skip
        assert not younger(style, STYLES), style
    for script in ("list.at(-1)", "structuredClone(x)", "await import('x')", "list.findLast(f)"):
        assert younger(script, SCRIPTS), script
    for script in (
        "const at = (x) => x; that(1);",
        "  await load();",
        "a ?? b?.c",
        "x ||= 1",
        "t.replaceAll(a, b)",
    ):
        assert not younger(script, SCRIPTS), script


def test_what_paper_keeps_of_colours_is_asked_in_both_ways() -> None:
    text = _code(STATIC / "css" / "print.css")
    assert text.count("-webkit-print-color-adjust: exact") == len(
        re.findall(r"(?<!-webkit-)\bprint-color-adjust: exact", text)
    )
