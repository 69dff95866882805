"""Web pages saved from government sites: the article, and what the site puts around it."""

import pytest

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.values import Document, Reason
from tests.plans.texts import TEXT

MENU = "".join(
    f'<li><a href="/{n}">{name}</a></li>' for n, name in enumerate(["首页", "政务公开", "政务服务"] * 9)
)
BODY = "".join(
    f"<p style='text-indent:2em'>　　{text}</p>"
    for text in ["一、总体要求", *["坚持创新驱动，质量为先。" * 9] * 5]
)
SITE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>××省推动制造业行动方案_××省人民政府门户网站</title>
<style>p {{color: red}}</style></head><body>
<div class="top"><ul>{MENU}</ul><form><input value="请输入关键词，搜索"><select><option>全站，搜索</option></select></form></div>
<div class="crumb">您当前的位置：<a href="/">首页</a> &gt; <a href="/zwgk">政务公开</a></div>
<table><tr><td>索 引 号：</td><td>0001/2024-1</td><td>发文字号：</td><td>×政〔2024〕1号</td></tr>
<tr><td>成文日期：</td><td>2024年1月5日</td></tr></table>
<div class="main"><h1>××省推动制造业行动方案</h1><div class="tools">字体：<a>大</a> <a>中</a> <script>share('，')</script></div>
<div id="zoom">{BODY}<p><a href="1.doc">附件：任务分解表.doc</a></p><div>分享到：<a>微信</a></div><div><a>关闭窗口</a></div></div></div>
<div class="side"><h3>相关解读</h3><ul>{MENU}</ul><p>一图读懂，欢迎查看。</p></div>
<div class="foot">主办：××省人民政府办公厅　网站标识码：1234567890</div></body></html>"""


def read(page: str, encoding: str = "utf-8") -> Document:
    return extract("方案.html", page.encode(encoding))


def test_the_article_with_its_title_and_labels() -> None:
    document = read(SITE)
    assert document.text.splitlines() == [
        "索 引 号：\t0001/2024-1\t发文字号：\t×政〔2024〕1号",
        "成文日期：\t2024年1月5日",
        "××省推动制造业行动方案",
        "　　一、总体要求",
        *["　　" + "坚持创新驱动，质量为先。" * 9] * 5,
        "附件：任务分解表.doc",
    ]
    assert [o.text for o in document.omitted] == [
        "分享到：微信",
        "关闭窗口",
        "主办：××省人民政府办公厅　网站标识码：1234567890",
    ]
    assert {o.reason for o in document.omitted} == {Reason.NAVIGATION}
    assert str(document.place(document.text.index("一、"))) == "第 4 段"


@pytest.mark.parametrize("named", ["gb2312", "gbk", "utf-8"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16"])
def test_the_encoding_by_its_bytes_where_the_page_names_another(named: str, encoding: str) -> None:
    assert read(SITE.replace('charset="utf-8"', f'charset="{named}"'), encoding).text == read(SITE).text


def test_a_web_archive() -> None:
    archive = (
        'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="XX"\r\n\r\n'
        "--XX\r\nContent-Type: text/css\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\np { }\r\n"
        f"--XX\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{SITE}\r\n--XX--\r\n"
    )
    assert extract("方案.mhtml", archive.encode()).text == read(SITE).text


def test_lines_as_a_browser_sets_them() -> None:
    page = (
        "<html><body><div>第一条<b>，加</b>粗<br/>第二条<p>第三\n条，</p>尾</div><pre>第四条\n第五条，</pre>"
        "<ol start=3><li>建库，</li><li><p>入库，</p></li></ol>"
        '<ol style="list-style-type: cjk-ideographic"><li>总则，</li></ol><ruby>字<rt>zi</rt></ruby></body></html>'
    )
    assert read(page).text.splitlines() == [
        "第一条，加粗", "第二条", "第三 条，", "尾", "第四条", "第五条，", "3.建库，", "4.入库，", "一、总则，", "字",
    ]  # fmt: skip


def test_a_table_of_tasks_and_a_table_around_the_page() -> None:
    page = (
        "<html><body><table><tr><td><p>任务分解表，见下。</p><table><tr><th rowspan=2>序号</th><th colspan='2'>单位</th></tr>"
        "<tr><th>牵头</th><th>配合</th></tr><tr><td>1</td><td>省发展<br>改革委</td><td>省财政厅</td></tr></table>"
        "</td></tr></table></body></html>"
    )
    document = read(page)
    assert document.text == "任务分解表，见下。\n序号\t单位\n牵头\t配合\n1\t省发展 改革委\t省财政厅\n"
    assert [[c and c.text for c in row] for row in document.tables[0].grid] == [
        ["序号", "单位", "单位"],
        ["序号", "牵头", "配合"],
        ["1", "省发展 改革委", "省财政厅"],
    ]


def test_the_first_plan_on_a_page() -> None:
    lines = [line for line in TEXT.splitlines() if line.strip()]
    page = SITE.replace(BODY, "".join(f"<p>{line}</p>" for line in lines))
    assert read(page).text.splitlines()[3:-1] == [line.strip(" ") for line in lines]
