"""The search, for page, suggestions and API alike."""

from collections.abc import Collection, Sequence

from reports.search import agencies, papers, records
from reports.search.asking import Asker
from reports.search.plan_objects import PlanObjects
from reports.search.values import MOST, Finds, Found, Hit, Kind, Rank, Section
from tasks.finding import Query
from tasks.models import User
from tasks.plans.queries import published_for

_RECORDS = {
    Kind.DRAFTS: records.drafts,
    Kind.RETURNS: records.returns,
    Kind.PROBLEMS: records.problems,
    Kind.WORK_PLANS: papers.work_plans,
    Kind.PROJECT_REPORTS: papers.project_reports,
    Kind.REQUESTS: records.requests,
    Kind.NOTICES: records.notices,
    Kind.INSTRUCTIONS: records.instructions,
    Kind.BRIEFS: papers.briefs,
    Kind.COMMENTS: papers.comments,
}


def search(user: User, query: Query, *, plan: str = "", kinds: Collection[Kind] = (), most: int = 5) -> Found:
    """What the user may see and has all of the query's words: at most so many hits of each kind, in the order in which
    they are shown. `plan` is the slug of one of the user's plans, "" for all of them; `kinds` limits what is listed, not
    what is counted. A fixed number of queries."""
    plans = list(published_for(user))
    chosen = [one for one in plans if one.slug == plan] if plan else plans
    if not query.words or query.refusal or not chosen:
        return Found(query, [], {kind: Section(kind, [], 0) for kind in Kind}, plans)
    asker = Asker(user, query, chosen[0] if plan else None)
    hits: dict[Kind, Sequence[Hit]] = {
        **PlanObjects(query, chosen).hits(),
        Kind.AGENCIES: agencies.find(query, chosen),
    }
    counts = {
        kind: _of_records(kind, _RECORDS[kind](asker, most if not kinds or kind in kinds else 0))
        if kind in _RECORDS
        else _section(kind, hits[kind], most)
        for kind in Kind
    }
    listed = [one for one in counts.values() if one.hits and (not kinds or one.kind in kinds)]
    return Found(query, sorted(listed, key=lambda one: one.rank), counts, plans)


def _of_records(kind: Kind, found: Finds) -> Section:
    return Section(kind, found.hits, found.count, found.is_more)


def _section(kind: Kind, hits: Sequence[Hit], most: int) -> Section:
    """The best first; of titles, that in which the words stand first. Those that answer equally well stay in their order."""
    ranked = sorted(hits, key=lambda hit: (hit.rank, hit.title_place if hit.rank == Rank.TITLE else 0))
    return Section(kind, ranked[:most], min(len(hits), MOST), len(hits) > MOST)
