"""Loads the agencies that a plan names: with their names, aliases and regions, and the members of its collectives."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from tasks.agencies.models import Agency, AgencyAlias, AgencyKind, AgencyName, Membership
from tasks.errors import Problem, Problems
from tasks.jurisdictions.queries import site_words
from tasks.plans import corrections, structure
from tasks.plans.models import Passage, Plan
from tasks.plans.plan_folder import Source, problem
from tasks.plans.row_sync import sync
from tasks.values import Origin


def register_agencies(source: Source, plan: Plan, since: date) -> dict[str, int]:
    """Writes the agencies of a new edition of the plan that the site does not have yet, known by their names from that
    day on: `{slug: id}` of all that the edition names, members of collectives included. Raises Problems."""
    if problems := slugs_of_others(source):
        raise Problems(problems)
    loader = AgencyLoader(source, plan, since)
    loader.run()
    members = [member for own in loader.collectives.values() for member in own]
    return {agency.slug: agency.pk for agency in (*loader.agencies.values(), *members)}


def slugs_of_others(source: Source) -> list[Problem]:
    """A Problem for each slug that belongs to an agency which never had the name: another province's 科技厅 is another
    agency, whatever its slug. Two queries."""
    manual = source.corrections
    named = [(entry.name, entry.full_name, entry.slug) for entry in manual.agencies] + [
        (member.name, member.full_name, member.slug)
        for collective in manual.collectives
        for member in collective.members
    ]
    slugs = {slug for _name, _full, slug in named}
    ever: dict[str, set[str]] = {}
    full: dict[str, set[str]] = {}
    for slug, short, whole in AgencyName.objects.filter(agency__slug__in=slugs).values_list(
        "agency__slug", "short", "full"
    ):
        ever.setdefault(slug, set()).update({short, whole} - {""})
        full.setdefault(slug, set()).update({whole} - {""})
    for slug, text in AgencyAlias.objects.filter(agency__slug__in=slugs).values_list("agency__slug", "text"):
        ever.setdefault(slug, set()).add(text)
    return [
        Problem(
            "agencies",
            _("“%(name)s”的代号 %(slug)s 已属于另一个单位（%(known)s），请换一个代号。")
            % {"name": whole or name, "slug": slug, "known": "、".join(sorted(ever[slug]))},
        )
        for name, whole, slug in named
        if slug in ever
        and source.known_agencies.get(name) != slug
        and (name not in ever[slug] or (whole and full[slug] and whole not in full[slug]))
    ]


class AgencyLoader:
    """Writes the agencies that a plan names, and the members of its collectives, known by their names from a day on.

    `passages` are those of the plan, {(start, end): passage}: those by which it names members of collectives.
    """

    def __init__(
        self,
        source: Source,
        plan: Plan,
        since: date,
        passages: Mapping[tuple[int, int], Passage] | None = None,
    ) -> None:
        self.source, self.plan, self.since = source, plan, since
        self.passages = passages or {}
        self.agencies: dict[str, Agency] = {}  # by each printed name
        self.collectives: dict[int, list[Agency]] = {}  # the members, by the collective's id

    def run(self) -> None:
        """Raises Problems."""
        self._agencies()
        self._collectives()
        self._regions()

    def _agencies(self) -> None:
        printed = {agency.name: agency for agency in self.source.structure.agencies}
        entries = {entry.name: entry for entry in self.source.corrections.agencies}
        opened = {entry.name: entry.open for entry in self.source.corrections.collectives}
        assigned = dict.fromkeys(entry.name for entry in self.source.corrections.duties)
        ordered = [entries[name] for name in (printed | assigned) if name in entries]
        rows = [
            Agency(
                slug=entry.slug,
                jurisdiction_id=self.plan.jurisdiction_id,
                kind=entry.kind,
                order=order,
                in_plan=entry.name in printed,
                is_open=opened.get(entry.name, False),
                note=entry.reason,
            )
            for order, entry in enumerate(ordered, 1)
        ]
        _check_kinds(rows, self.plan)
        stored = sync(Agency, rows, ("slug",), slug__in=[row.slug for row in rows])
        by_name = {entry.name: stored[(entry.slug,)] for entry in ordered}
        names = [
            AgencyName(
                agency=by_name[entry.name],
                short=entry.name,
                full=entry.full_name,
                valid=(self.since, None),
                origin=Origin.PLAN if entry.name in printed else Origin.OUTSIDE,
                full_origin=Origin.PLAN if entry.full_name_quote else Origin.OUTSIDE,
                note=_name_note(entry, printed.get(entry.name)),
            )
            for entry in ordered
        ]
        sync(AgencyName, names, ("agency_id",), agency__in=list(by_name.values()))
        aliases = [
            AgencyAlias(agency=by_name[alias.name], text=alias.written, reason=alias.reason)
            for alias in self.source.corrections.aliases
        ]
        sync(AgencyAlias, aliases, ("text",), text__in=[alias.text for alias in aliases])
        self.agencies = by_name | {
            alias.written: by_name[alias.name] for alias in self.source.corrections.aliases
        }

    def _collectives(self) -> None:
        entries = [
            (collective, member)
            for collective in self.source.corrections.collectives
            for member in collective.members
        ]
        first = len(self.agencies) + 1
        rows = [
            Agency(
                slug=member.slug,
                jurisdiction_id=self.plan.jurisdiction_id,
                kind=member.kind,
                order=order,
                in_plan=False,
                note=member.reason,
            )
            for order, (_collective, member) in enumerate(entries, first)
        ]
        _check_kinds(rows, self.plan)
        stored = sync(Agency, rows, ("slug",), slug__in=[row.slug for row in rows])
        members = {member.slug: stored[(member.slug,)] for _collective, member in entries}
        names = [
            AgencyName(
                agency=members[member.slug],
                short=member.name,
                full=member.full_name,
                valid=(self.since, None),
                origin=Origin.INFERRED,
                note=member.reason,
            )
            for _collective, member in entries
        ]
        sync(AgencyName, names, ("agency_id",), agency__in=list(members.values()))
        memberships = [
            Membership(
                collective=self.agencies[collective.name],
                member=members[member.slug],
                valid=(self.since, None),
                origin=Origin.INFERRED,
                note=collective.reason,
                passage=self.passages.get(member_place(self.source, member)) if member.quote else None,
            )
            for collective, member in entries
        ]
        collectives = [row.collective for row in memberships]
        sync(Membership, memberships, ("collective_id", "member_id"), collective__in=collectives)
        for row in memberships:
            self.collectives.setdefault(row.collective_id, []).append(row.member)

    def _regions(self) -> None:
        """Sets the regions of agencies; runs after the collectives, because the governments are their members."""
        entries = {entry.region: entry for entry in self.source.corrections.agencies if entry.region}
        governments = {
            agency.slug: agency
            for agency in Agency.objects.filter(slug__in=entries, kind=AgencyKind.GOVERNMENT)
        }
        for entry in self.source.corrections.agencies:
            if entry.region and entry.region not in governments:
                message = _("%(name)s的所在地方 %(region)s 不是市、州、县人民政府的代号。")
                raise problem(message % {"name": entry.name, "region": entry.region})
            if entry.region:
                Agency.objects.filter(slug=entry.slug, region=None).update(region=governments[entry.region])


def member_place(source: Source, member: corrections.MemberEntry) -> tuple[int, int]:
    """Start and end of the words by which the plan names a member of a collective."""
    start, end = source.find(member.near, member.within)
    return source.find(member.quote, between=(start, end))


def _name_note(entry: corrections.AgencyEntry, printed: structure.Printed | None) -> str:
    if printed is None:
        return entry.reason
    return _("原文中“%(suffix)s”由其后的单位共用。") % {"suffix": printed.suffix} if printed.suffix else ""


def _check_kinds(rows: Iterable[Agency], plan: Plan) -> None:
    known = (plan.jurisdiction or site_words()).wording.kinds
    for row in rows:
        if row.kind not in known:
            raise problem(
                _("单位 %(slug)s 的类别“%(kind)s”不在可用的类别中：%(known)s。")
                % {"slug": row.slug, "kind": row.kind, "known": "、".join(known)}
            )
