"""Adjusting the plan: the office proposes, the leading group approves, and the pages show what holds; and what a
reform would pass on, previewed."""

import re

import pytest
from playwright.sync_api import Page, expect

from qhplan.trial import LINEAGE
from tasks.lineage.lineage_import import load
from tests.journeys.conftest import Cast, SignIn

HOME = "/plans/qinghai-2016-48"
TARGET = "培育20家产值过亿元高新技术企业"


@pytest.mark.full
def test_a_target_is_adjusted_and_a_reform_is_previewed(cast: Cast, sign_in: SignIn) -> None:
    load(LINEAGE)
    cast.opened()
    office, leader = sign_in(cast.office), sign_in(cast.leader)

    proposes_another_target(office)
    cannot_approve_himself(office)
    approves(leader)
    pages_show_what_holds(leader)
    previews_the_reform_and_is_asked_about_the_split(office)


def proposes_another_target(office: Page) -> None:
    office.get_by_role("link", name="管理", exact=True).click()
    office.get_by_role("link", name="动态调整").click()
    office.get_by_text("选目标").click()
    office.get_by_role("link", name=TARGET).click()
    office.get_by_label("调整后的表述").fill("培育25家产值过亿元高新技术企业")
    office.get_by_label("数值").fill("二十五")
    office.get_by_label("生效季度").select_option("2017Q2")
    office.get_by_role("button", name="提出").click()
    expect(office.get_by_role("alert")).to_be_focused()
    office.get_by_role("link", name=re.compile("请填数字")).click()
    expect(office.get_by_label("数值")).to_be_focused()
    office.get_by_label("数值").fill("25")
    office.get_by_label("文号").fill("青政〔2017〕30号")
    office.get_by_label("理由").fill("上年已培育18家，原目标偏低。")
    office.get_by_role("button", name="提出").click()
    expect(office.get_by_text("已提出，须由另一个人批准后才生效。")).to_be_visible()


def cannot_approve_himself(office: Page) -> None:
    expect(office.get_by_role("button", name="批准", exact=True)).to_have_count(0)
    expect(office.get_by_role("button", name="撤回")).to_be_visible()


def approves(leader: Page) -> None:
    leader.get_by_role("link", name="管理", exact=True).click()
    leader.get_by_role("link", name=re.compile("目标：培育20家")).click()
    expect(leader.get_by_role("row").filter(has_text="数值")).to_contain_text("达到 25 家")
    leader.get_by_role("button", name="批准", exact=True).click()
    expect(leader.get_by_text("已批准，自2017年第二季度起生效。")).to_be_visible()


def pages_show_what_holds(leader: Page) -> None:
    leader.goto(f"{HOME}/?q=2017Q2")
    expect(leader.locator("#targets")).to_contain_text("已调整 1 项目标")
    expect(leader.locator("#targets")).to_contain_text("25")
    leader.goto(f"{HOME}/?q=2017Q1")
    expect(leader.locator("#targets")).not_to_contain_text("已调整")


def previews_the_reform_and_is_asked_about_the_split(office: Page) -> None:
    office.goto(f"{HOME}/reforms/")
    office.get_by_role("row").filter(has_text="2018-11-01").get_by_role("link", name="预览").click()
    expect(office.get_by_text("这一天尚未到来：可以先提出，到那一天才能批准。")).to_be_visible()
    merged = office.get_by_role("row", name="三(四)3 强化质量安全监管体系建设 省质监局 牵头")
    expect(merged).to_contain_text("省市场监管局")
    office.get_by_label("三(四)1 省食品药品监管局 今后由").select_option("省市场监管局")
    office.get_by_label("四(一) 省委编办 今后由").select_option("省政府办公厅")
    office.get_by_label("理由").fill("省级机构改革。")
    office.get_by_role("button", name="提出").click()
    expect(office.get_by_role("alert")).to_be_focused()
    office.get_by_role("link", name=re.compile(r"三\(四\)3：请确定由谁承担")).click()
    expect(office.get_by_label("三(四)3 省食品药品监管局 今后由")).to_be_focused()
    # What was decided is kept.
    expect(office.get_by_label("四(一) 省委编办 今后由").locator("option:checked")).to_have_text(
        "省政府办公厅"
    )
    for code in ("三(四)3", "三(四)4"):
        office.get_by_label(f"{code} 省食品药品监管局 今后由").select_option("省药品监管局")
    for code in ("三(七)1", "三(七)2", "三(七)3"):
        office.get_by_label(f"{code} 省工业和信息化厅 今后由").select_option("省工业和信息化厅（不变）")
    office.get_by_role("button", name="提出").click()
    expect(office.get_by_text("已提出，须由另一个人批准；改革之日到了才能批准。")).to_be_visible()
    expect(office.get_by_role("row").filter(has_text="四(一)").filter(has_text="省委编办")).to_contain_text(
        "省政府办公厅"
    )
