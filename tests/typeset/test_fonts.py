"""Preparing fonts: a small cut of the wheel's serif stands for the whole."""

import json
from pathlib import Path

import pytest
from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from pytest_django import Settings

from reports.typeset import fonts

TEXT = "青海省制造强省。、，》“（——…2025ABC·"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OpenType file of a few glyphs, CID-keyed like the wheel's."""
    font = TTFont(fonts._SERIF, lazy=True)
    options = subset.Options(
        layout_features=["ccmp"], drop_tables=["GPOS", "VORG", "BASE", "DSIG", "vhea", "vmtx"]
    )
    cut = subset.Subsetter(options)
    cut.populate(text=TEXT)
    cut.subset(font)
    path = tmp_path_factory.mktemp("fonts") / "Office Serif.otf"
    font.save(path)
    return path


@pytest.fixture
def only_small(small: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both of the wheel's faces are the small one, and nothing is prepared."""
    monkeypatch.setattr(fonts, "_SERIF", small)
    monkeypatch.setattr(fonts, "_SANS", small)
    settings.FONT_CACHE_DIR = tmp_path / "prepared"
    settings.QHPLAN_FONTS = {}
    settings.QHPLAN_FONT_FOLDERS = []
    return tmp_path / "prepared"


@pytest.mark.slow
def test_prepared_font_has_outlines_that_every_reader_takes(only_small: Path) -> None:
    (path,) = fonts.prepare()
    font = TTFont(path)
    assert ("glyf" in font, "CFF " in font, font.sfntVersion) == (True, False, "\0\1\0\0")
    source = TTFont(fonts._SERIF)
    for character in "青海2A":
        drawn = []
        for one in (source, font):
            pen = BoundsPen(one.getGlyphSet())
            one.getGlyphSet()[one.getBestCmap()[ord(character)]].draw(pen)
            drawn.append(pen.bounds)
        assert drawn[1] == pytest.approx(drawn[0], abs=1.5), character


def test_prepared_font_keeps_the_line_and_the_dash(only_small: Path) -> None:
    (path,) = fonts.prepare()
    font = TTFont(path)
    assert [font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap] == [880, -120, 0]
    assert [font["OS/2"].sTypoAscender, font["OS/2"].usWinAscent, font["OS/2"].usWinDescent] == [
        880,
        880,
        120,
    ]
    features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert features == {"ccmp"}
    assert {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord} == {"kern"}


def test_prepared_again_does_nothing(only_small: Path) -> None:
    (path,) = fonts.prepare()
    before = path.stat().st_mtime_ns
    said: list[str] = []
    fonts.prepare(lambda done, total, text: said.append(text))
    assert (path.stat().st_mtime_ns, said) == (before, ["字体 Office Serif.otf 已就绪"])


@pytest.mark.slow
def test_prepared_bytes_are_always_the_same(only_small: Path) -> None:
    (path,) = fonts.prepare()
    first = path.read_bytes()
    path.unlink()
    assert not fonts.fonts_ready()
    fonts.prepare()
    assert path.read_bytes() == first


def test_nothing_half_made_is_left(only_small: Path) -> None:
    fonts.prepare()
    assert {path.suffix for path in only_small.iterdir()} == {".ttf", ".json", ""}


def test_progress_rises_to_the_end(only_small: Path) -> None:
    steps: list[float] = []
    fonts.prepare(lambda done, total, text: steps.append(done / total))
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 1)


def test_coverage_is_what_the_file_can_print(only_small: Path) -> None:
    fonts.prepare()
    loaded = fonts.load()
    assert frozenset(map(ord, TEXT)) <= loaded.coverage
    assert ord("龘") not in loaded.coverage
    assert json.loads(next(only_small.glob("*.json")).read_text())[0] == [0x30, 0x30]


def test_not_ready_says_what_to_do(only_small: Path) -> None:
    assert not fonts.fonts_ready()
    with pytest.raises(fonts.FontsNotReady, match="prepare_fonts"):
        fonts.load()


def test_office_files_come_first_and_ours_behind_them(
    only_small: Path, small: Path, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "仿宋.otf"
    own.write_bytes(small.read_bytes() + b"\0")  # other content, so another file
    settings.QHPLAN_FONTS = {"body": str(own), "latin": str(small)}
    fonts.prepare()
    stacks = fonts.load().stacks
    latin, body, behind = (family.rsplit("-", 1)[0] for family in stacks["body"])
    assert (latin, body, behind) == ("Brief-OfficeSerif", "Brief-Font", "Brief-OfficeSerif")
    assert len({stacks["body"][0], stacks["body"][2]}) == 2  # the Latin cut of a face is a face of its own
    assert len(stacks["heading"]) == 2  # the Latin one, and ours


def test_latin_face_leaves_chinese_marks_alone(only_small: Path, small: Path, settings: Settings) -> None:
    settings.QHPLAN_FONTS = {"latin": str(small)}
    fonts.prepare()
    face = next(face for face in fonts.load().faces if face.family == fonts.load().stacks["body"][0])
    assert set(TTFont(face.path).getBestCmap()) == set(map(ord, "2025ABC"))


@pytest.mark.parametrize(
    ("configured", "sentence"),
    [
        (
            {"body": "/no/such/file.ttf"},
            "找不到字体文件 /no/such/file.ttf，请更正 QHPLAN_FONTS 的“body”，或者去掉它。",
        ),
        (
            {"red": "x.ttf"},
            "QHPLAN_FONTS 中的“red”不是字体用途，请改为 title、body、heading、kai、latin 之一。",
        ),
    ],
)
def test_wrong_setting_is_told_in_a_sentence(
    only_small: Path, settings: Settings, configured: dict[str, str], sentence: str
) -> None:
    settings.QHPLAN_FONTS = configured
    with pytest.raises(fonts.FontError) as caught:
        fonts.prepare()
    assert str(caught.value) == sentence


def test_file_that_is_no_font_is_told_in_a_sentence(
    only_small: Path, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "bad.ttf").write_bytes(b"not a font")
    settings.QHPLAN_FONTS = {"body": str(tmp_path / "bad.ttf")}
    with pytest.raises(fonts.FontError, match=r"bad\.ttf 无法使用"):
        fonts.prepare()
