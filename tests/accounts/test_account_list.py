"""Accounts from an Excel list, and the invitations by which their owners set a password."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tasks.accounts import account_list, invitations
from tasks.accounts.actions import reset_password, settle_requests
from tasks.accounts.models import Invitation, RoleRequest
from tasks.errors import Conflict
from tasks.models import Agency, Jurisdiction, User
from tasks.people.permissions import may_file, may_see_plan
from tasks.values import Role
from tasks.workbooks.values import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db

HEADS = ["姓名", "用户名", "单位", "处室", "角色", "方案", "邮箱", "手机"]


@pytest.fixture
def admin() -> User:
    return make.user(Role.ACCOUNTS_ADMIN, password=None)


def book(*rows: list[object], heads: list[str] = HEADS) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(heads)
    for row in rows:
        sheet.append(row)
    stored = io.BytesIO()
    made.save(stored)
    return stored.getvalue()


def read(*rows: list[object]) -> list[account_list.ListRow]:
    return account_list.read(book(*rows), "名单.xlsx")


def problems(*row: object) -> list[str]:
    return read(list(row))[0].problems


def test_a_row_is_read_with_all_its_columns() -> None:
    agency, plan = make.agency("深蓝厅"), make.plan(title="甲方案")
    (row,) = read(
        ["张三", " Zhang.San ", "深蓝厅", "规划处", "填报员、签批人", "甲方案", "a@b.cn", "13900000000"]
    )
    assert row.problems == []
    assert (row.username, row.agency_id, row.plan_id) == ("zhang.san", agency.pk, plan.pk)
    assert (row.roles, row.division, row.phone) == ([Role.REPORTER, Role.APPROVER], "规划处", "13900000000")


def test_columns_may_be_fewer_and_in_any_order() -> None:
    make.agency("甲局")
    (row,) = account_list.read(book(["甲局", "li-si", "李四"], heads=["单位", "用户名", "姓名"]), "a.xlsx")
    assert (row.problems, row.display_name) == ([], "李四")


def test_an_unknown_agency_is_answered_with_the_nearest_names() -> None:
    make.agency("深蓝厅")
    (sentence,) = problems("张三", "zhang-san", "深兰厅")
    assert sentence.startswith("没有单位叫“深兰厅”，是不是“深蓝厅”")


def test_of_several_agencies_of_one_name_the_one_of_the_plans_place_is_meant() -> None:
    here, there = (
        Jurisdiction.objects.create(name=name, office=f"{name}办公室") for name in ("甲省", "乙省")
    )
    for place in (here, there):
        make.agency("省科技厅", slug=f"kjt-{place.pk}", jurisdiction=place)
    make.plan(title="乙省方案", jurisdiction=there)
    (named,) = account_list.read(book(["李明", "lm", "省科技厅", "", "", "乙省方案", "", ""]), "名单.xlsx")
    assert (named.problems, Agency.objects.get(pk=named.agency_id).jurisdiction) == ([], there)
    (open_,) = account_list.read(book(["李明", "lm", "省科技厅", "", "", "", "", ""]), "名单.xlsx")
    assert "有几个单位都叫“省科技厅”" in open_.problems[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["", "zhang-san", "甲局"], "没有填姓名"),
        (["张三", "", "甲局"], "没有填用户名"),
        (["张三", "张三", "甲局"], "用户名用小写字母"),
        (["张三", "zhang-san", ""], "没有填单位"),
        (["张三", "zhang-san", "甲局", "", "局长"], "没有“局长”这个角色"),
        (["张三", "zhang-san", "甲局", "", "安全审计员"], "不能通过名单申请"),
        (["张三", "zhang-san", "甲局", "", "", "乙方案"], "没有叫“乙方案”的方案"),
        (["张三", "zhang-san", "甲局", "", "", "", "没有"], "不是邮箱地址"),
        (["张三", "zhang-san", "甲局", "", "", "", "", "一三九"], "不是电话号码"),
        (["<b>张三</b>", "zhang-san", "甲局"], "网页代码"),
        (["@SUM(A1)", "zhang-san", "甲局"], "像公式"),
        (["张" * 61, "zhang-san", "甲局"], "最多 60 字"),
        (["张三", "taken", "甲局"], "已有用户名“taken”的账号"),
    ],
)
def test_each_fault_is_one_sentence(row: list[object], words: str) -> None:
    make.agency("甲局")
    make.user(username="taken", password=None)
    found = problems(*row)
    assert len(found) == 1
    assert words in found[0]


def test_a_formula_is_a_fault() -> None:
    make.agency("甲局")
    assert problems("=A1", "zhang-san", "甲局") != []


def test_a_name_that_stands_twice_names_the_first_row() -> None:
    make.agency("甲局")
    rows = read(["张三", "zhang-san", "甲局"], ["张三", "Zhang-San", "甲局"])
    assert [row.problems for row in rows] == [[], ["用户名“zhang-san”与第 2 行重复。"]]


def test_files_that_are_no_list_are_refused_in_a_sentence() -> None:
    many = [["张三", f"zhang-{n}", "甲局"] for n in range(account_list.MOST_ROWS + 1)]
    for data, words in (
        (book(), "名单里没有人"),
        (book(*many), "一次最多"),
        (b"", "文件是空的"),
        (b"name,user", "不是 Excel 工作簿"),
        (book(["张三"], heads=["姓名"]), "找不到标题行"),
    ):
        with pytest.raises(Refused, match=words):
            account_list.read(data, "a.xlsx")


def test_from_the_list_to_the_first_sign_in(client: Client, admin: User) -> None:
    agency, plan = make.agency("甲局"), make.plan(title="甲方案")
    client.force_login(admin)
    data = book(["张三", "zhang-san", "甲局", "", "填报员", "甲方案"])
    upload = {"document": SimpleUploadedFile("名单.xlsx", data)}
    preview = client.post(reverse("account_list"), upload)
    assert preview.status_code == 200
    assert not User.objects.filter(username="zhang-san").exists()
    slips = client.post(reverse("account_list_apply"), {"rows": preview.context["signed"]})
    user = User.objects.get(username="zhang-san")
    assert (user.roles, user.agency, user.has_usable_password()) == ([], agency, False)
    assert client.post(reverse("account_list_apply"), {"rows": preview.context["signed"]}).status_code == 409
    link = slips.context["slips"][0]["link"].removeprefix("http://testserver")
    stranger = Client()
    assert "张三" in stranger.get(link).content.decode()
    words = {"new_password1": "a long first word 9", "new_password2": "a long first word 9"}
    assert stranger.post(link, {**words, "new_password2": "another"}).status_code == 422
    assert stranger.post(link, words).status_code == 302
    assert stranger.get(link).status_code == 410
    assert stranger.post(link, words).status_code == 410
    signed_in = stranger.post("/login/", {"username": "zhang-san", "password": "a long first word 9"})
    assert signed_in.status_code == 302
    # No role before the rights administrator grants it, and then for the plan alone.
    assert not may_see_plan(User.objects.get(pk=user.pk).anywhere())
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    client.force_login(rights)
    asked = RoleRequest.objects.get()
    chosen = {"requests": [asked.pk], "note": "按名单", "action": "grant"}
    assert client.post(reverse("rights_requests"), chosen).status_code == 302
    granted = User.objects.get(pk=user.pk)
    assert may_file(granted.at(plan.pk))
    assert not may_file(granted.at(make.plan().pk))


def test_a_list_is_made_whole_or_not_at_all(admin: User) -> None:
    make.agency("甲局")
    rows = read(["张三", "zhang-san", "甲局"], ["李四", "li-si", "甲局"])
    make.user(username="li-si", password=None)
    with pytest.raises(Exception, match="已有同名账号"):
        account_list.make_accounts(by=admin, rows=rows)
    assert not User.objects.filter(username="zhang-san").exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", [Role.RIGHTS_ADMIN, Role.OFFICE, Role.APPROVER])
def test_only_the_accounts_administrator_makes_accounts_and_invites(role: Role) -> None:
    by, user = make.user(role, password=None), make.user(password=None)
    with pytest.raises(PermissionDenied):
        account_list.make_accounts(by=by, rows=[])
    with pytest.raises(PermissionDenied):
        invitations.invite(by=by, users=[user])


def test_an_invitation_ends(admin: User) -> None:
    user = make.user(password=None)
    word = "a long first word 9"
    (first,) = invitations.invite(by=admin, users=[user])
    (second,) = invitations.invite(by=admin, users=[user])
    with pytest.raises(Conflict):  # the new one takes its place
        invitations.accept(secret=first, password=word)
    Invitation.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict):
        invitations.accept(secret=second, password=word)
    (third,) = invitations.invite(by=admin, users=[user])
    reset_password(by=admin, user=user, note="忘记")
    with pytest.raises(Conflict):
        invitations.accept(secret=third, password=word)
    assert third not in str(list(Invitation.objects.values()))


def test_no_administrator_is_invited(admin: User) -> None:
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    with pytest.raises(PermissionDenied):
        invitations.invite(by=admin, users=[rights])
    user = make.user(password=None)
    (secret,) = invitations.invite(by=admin, users=[user])
    make.hold(user, Role.RIGHTS_ADMIN)
    with pytest.raises(Conflict):
        invitations.accept(secret=secret, password="a long first word 9")


def test_a_request_is_settled_once(admin: User) -> None:
    agency = make.agency("甲局")
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    account_list.make_accounts(by=admin, rows=read(["张三", "zhang-san", "甲局", "", "填报员"]))
    asked = RoleRequest.objects.get()
    with pytest.raises(PermissionDenied):
        settle_requests(by=admin, requests=[asked.pk], grant=True, note="x")
    settle_requests(by=rights, requests=[asked.pk], grant=False, note="不是本单位的人")
    user = User.objects.get(username="zhang-san")
    assert (user.roles, user.agency) == ([], agency)
    with pytest.raises(Conflict):
        settle_requests(by=rights, requests=[asked.pk], grant=True, note="x")
