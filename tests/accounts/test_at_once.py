"""Administrators who act at the same moment, on real connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from tasks.accounts import actions
from tasks.accounts.appointments import Grant, grant_roles
from tasks.errors import Conflict, Problems
from tasks.models import User
from tasks.values import Role
from tests import factories as make


def test_two_rights_administrators_who_unseat_each_other_at_once_leave_one(cloned_db: str) -> None:
    users = [make.user(Role.RIGHTS_ADMIN, password=None) for _n in range(2)]
    start = Barrier(2)

    def unseat(by: User, other: User) -> str:
        start.wait()
        try:
            grant = Grant(other.pk, frozenset(), frozenset({Role.RIGHTS_ADMIN}))
            grant_roles(by=by, grants=[grant], note="x")
        except Problems:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(unseat, users, users[::-1]))
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.holding(Role.RIGHTS_ADMIN).count() == 1


def test_an_account_that_two_close_at_once_is_closed_once(cloned_db: str) -> None:
    admins = [make.user(Role.ACCOUNTS_ADMIN, password=None) for _n in range(2)]
    user = make.user(password=None)
    start = Barrier(2)

    def close(by: User) -> str:
        start.wait()
        try:
            actions.set_active(by=by, users=[user.pk], active=False, note="x")
        except Conflict:
            return "told"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(close, admins)) == ["done", "told"]
