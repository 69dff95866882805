"""Charts drawn on the server."""

from xml.etree import ElementTree

from reports.charts.bars import BarRow, stacked_bars
from reports.charts.lights import STYLES

SVG = "{http://www.w3.org/2000/svg}"


def _chart(*rows: BarRow) -> ElementTree.Element:
    return ElementTree.fromstring(stacked_bars(rows, title="各组<状态>", font_family="Hei, serif"))


def _texts(chart: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in chart.iter(f"{SVG}text")][len(STYLES) :]  # after the legend


def test_every_segment_carries_its_count_and_every_bar_its_sum() -> None:
    assert _texts(_chart(BarRow("甲", {"green": 3, "red": 1}), BarRow("乙", {"grey": 2}))) == [
        *("甲", "3", "1", "4"),
        *("乙", "2", "2"),
    ]


def test_widths_follow_counts_in_one_scale() -> None:
    rects = [
        float(rect.get("width", "0"))
        for rect in _chart(BarRow("甲", {"green": 4}), BarRow("乙", {"green": 2})).iter(f"{SVG}rect")
        if rect.get("height") == "14.00"
    ]
    assert len(rects) == 2
    assert abs((rects[0] + 1.2) - 2 * (rects[1] + 1.2)) < 0.05


def test_text_is_escaped_and_the_title_is_the_alternative() -> None:
    chart = _chart(BarRow("<script>", {"green": 1}))
    assert (chart.findtext(f"{SVG}title"), chart.get("role"), chart.get("font-family")) == (
        "各组<状态>",
        "img",
        "Hei, serif",
    )
    assert _texts(chart)[0] == "<script>"


def test_nothing_to_show() -> None:
    assert _texts(_chart()) == []


def test_lights_differ_by_shape_as_well_as_colour() -> None:
    shapes = []
    for style in STYLES:
        chart = _chart(BarRow("甲", {style.key: 1}))
        shapes.append([(node.tag, node.get("fill") == "none") for node in list(chart)[-3:-2]])
    assert len({style.mark for style in STYLES}) == len(STYLES)
    assert len({repr(shape) for shape in shapes}) == len(STYLES)


def test_colours_can_be_read() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for style in STYLES:
        assert 1.05 / (luminance(style.colour) + 0.05) >= 4.5, style.key
