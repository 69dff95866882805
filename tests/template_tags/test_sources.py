"""Rules that every template, style sheet and script keeps."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "qhplan" / "static"
# Pages and their parts. A brief's document is made for paper: it has a sheet of its own and is never served.
TEMPLATES = sorted(
    path
    for path in (ROOT / "templates").rglob("*.html")
    if path.name == "base.html" or ("<html" not in path.read_text() and path.parent.name != "parts")
)


def tokens() -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", (STATIC / "css" / "tokens.css").read_text()))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("light", ["green", "yellow", "red", "blue", "grey"])
@pytest.mark.parametrize("ground", ["paper", "wash", "wash-deep", "tint-red", "tint-yellow", "field"])
def test_lights_stand_out_on_every_ground(light: str, ground: str) -> None:
    colours = tokens()
    assert contrast(colours[light], colours[ground]) >= 3


@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "vermilion", "red"])
@pytest.mark.parametrize("ground", ["paper", "wash", "field"])
def test_words_can_be_read_on_every_ground(ink: str, ground: str) -> None:
    colours = tokens()
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_nothing_inline(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text)


@pytest.mark.parametrize("path", sorted((STATIC / "css").glob("*.css")), ids=lambda path: path.name)
def test_colours_are_named_in_the_tokens_alone(path: Path) -> None:
    if path.name in ("tokens.css", "print.css"):
        return
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", path.read_text())


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.*")), ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(", text)


SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_modules_whose_words_come_from_the_page(path: Path) -> None:
    code = re.sub(r"^\s*//.*$|/\*.*?\*/", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"\bvar\b|\bfunction\s*\(|\beval\b|innerHTML|use strict", code)
    assert not re.search(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]", code)


def test_pages_load_scripts_as_modules() -> None:
    for path in TEMPLATES:
        for tag in re.findall(r"<script[^>]*'js/[^>]*>", path.read_text()):
            assert tag.endswith(' type="module">'), path


@pytest.mark.parametrize("path", [*sorted(STATIC.rglob("*.css")), *SCRIPTS], ids=lambda path: path.name)
def test_lines_of_sheets_and_scripts_are_short(path: Path) -> None:
    assert not [line for line in path.read_text().splitlines() if len(line) > 160]


@pytest.mark.parametrize("path", sorted((STATIC / "css").glob("*.css")), ids=lambda path: path.name)
def test_important_says_what_it_overrules(path: Path) -> None:
    text = re.sub(
        r"/\*.*?\*/",
        lambda match: match.group().replace("!important", "reason"),
        path.read_text(),
        flags=re.DOTALL,
    )
    above = ""
    for line in text.splitlines():
        if "!important" in line:
            assert "/*" in line or "/* reason: " in above, line
        above = line
