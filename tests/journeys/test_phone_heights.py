"""On a phone the pages that people read before a meeting stay short, however much there is to say."""

from playwright.sync_api import ViewportSize

from reports.coordination import actions as coordination
from reports.supervision.instructions import InstructionInput, instruct
from tasks.people.models import User
from tasks.values import Duty
from tests import factories as make
from tests.journeys.conftest import NOW, Cast, SignIn

PHONE = ViewportSize(width=390, height=844)
WIDE = ViewportSize(width=1440, height=900)
END = "selector => [...document.querySelectorAll(selector)].at(-1).getBoundingClientRect().bottom + scrollY"


def busy(cast: Cast) -> None:
    """Twelve tasks are reported, half of them worse than before; eight ask for coordination."""
    tasks = list(cast.plan.tasks.order_by("order")[:12])
    for number, task in enumerate(tasks):
        lead = task.responsibilities.filter(duty=Duty.LEAD, agency__isnull=False)[0].agency
        assert lead
        make.accept(make.version(task, lead, "2016Q4", "red" if number < 4 else "green"))
        make.accept(make.version(task, lead, "2017Q1", "red" if number < 8 else "green"))
        if number < 8:
            coordination.add(
                by=cast.office, task=task, agency_id=lead.pk, text="请协调解决用地指标。" * 6, now=NOW
            )
    for _ in range(4):
        instruct(by=cast.leader, asked=InstructionInput("请抓紧办理。" * 5, task=tasks[0]), now=NOW)


def test_pages_before_a_meeting_are_short_on_a_phone(cast: Cast, sign_in: SignIn) -> None:
    busy(cast)
    User.objects.update(hint_put_away_at=NOW)  # not their first visit
    page = sign_in(cast.leader)
    page.set_viewport_size(PHONE)
    page.goto("/plans/qinghai-2016-48/focus/?q=2017Q1")
    assert page.get_by_text("其余5项任务").is_visible()
    assert page.evaluate(END, ".focus .section") <= 1.5 * PHONE["height"]
    page.emulate_media(media="print")
    shown = "() => document.querySelector('.focus .more .focus__rows').getClientRects().length > 0"
    page.wait_for_function(shown)

    page.emulate_media(media="screen")
    page.goto("/plans/qinghai-2016-48/tasks/3-1-1/")
    page.locator(".at--quiet summary").click()  # what opens stays within the screen
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto("/plans/qinghai-2016-48/?q=2017Q1")
    assert page.evaluate("document.documentElement.scrollHeight") <= 3300
    assert not page.locator(".places").is_visible()
    page.get_by_text("个单位的报送和灯").click()  # folded and unfolded without a script
    assert page.locator(".places").is_visible()
    page.get_by_text("个单位的报送和灯").click()
    page.set_viewport_size(WIDE)
    assert page.locator(".places").is_visible()
    assert page.evaluate("document.querySelector('main table').getBoundingClientRect().top + scrollY") <= 440
