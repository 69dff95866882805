"""Charts drawn on the server."""

from xml.etree import ElementTree

from reports.charts.bars import labelled_bar
from reports.charts.lights import STYLES

SVG = "{http://www.w3.org/2000/svg}"


def _chart(counts: dict[str, int], title: str = "状态") -> ElementTree.Element:
    return ElementTree.fromstring(labelled_bar(counts, title=title, font_family="Hei, serif"))


def test_every_segment_carries_its_count_in_its_width() -> None:
    chart = _chart({"green": 4, "red": 2})
    assert [text.text for text in chart.iter(f"{SVG}text")] == ["4", "2"]
    rects = [
        float(rect.get("width", "0")) for rect in chart.iter(f"{SVG}rect") if rect.get("height") == "14.00"
    ]
    assert len(rects) == 2
    assert abs((rects[0] + 1.2) - 2 * (rects[1] + 1.2)) < 0.05


def test_the_title_is_the_alternative_and_escaped() -> None:
    chart = _chart({"green": 1}, "各组<状态>")
    assert (chart.findtext(f"{SVG}title"), chart.get("role"), chart.get("font-family")) == (
        "各组<状态>",
        "img",
        "Hei, serif",
    )


def test_nothing_to_show() -> None:
    assert list(_chart({}).iter(f"{SVG}text")) == []


def test_lights_differ_by_shape_as_well_as_colour() -> None:
    shapes = []
    for style in STYLES:
        shapes.append(
            [(node.tag, node.get("fill") == "none") for node in list(_chart({style.key: 1}))[-2:-1]]
        )
    assert len({style.mark for style in STYLES}) == len(STYLES)
    assert len({repr(shape) for shape in shapes}) == len(STYLES)


def test_colours_can_be_read() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for style in STYLES:
        assert 1.05 / (luminance(style.colour) + 0.05) >= 4.5, style.key
