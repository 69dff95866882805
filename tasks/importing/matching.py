"""Which agency of the register a printed name means: by any name it ever had, look-alikes asked, new ones proposed.

The register may hold agencies of several provinces, and all of them have a 省科技厅: the same name alone proves nothing
where the province is not known on both sides.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from tasks.agencies.models import Agency, AgencyAlias, AgencyKind, AgencyName, Membership
from tasks.agencies.proposals import core_of, kind_of, level_word_of, local_name, province_of, slug_of
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.plans.corrections import (
    AgencyEntry,
    AliasEntry,
    CollectiveEntry,
    Corrections,
    MemberEntry,
)
from tasks.plans.editing.values import AgencyChoice, Edited
from tasks.plans.models import Mention, PlanState
from tasks.plans.structure import Structure

ALIKE = 80  # of 100: 省工信厅 and 省工业和信息化厅 reach 85, 省教育厅 and 省水利厅 50
KNOWN, RENAMED, SAME_NAME, ALIKE_NAME, NEW, SAME = "known", "renamed", "same_name", "alike", "new", "same"


@dataclass(frozen=True)
class Entry:
    """An agency of the register with its latest names."""

    slug: str
    short: str
    full: str
    kind: str
    province: str
    place: str = ""  # the name of its jurisdiction
    local_to: int | None = None  # the id of its city or county; None: of a province, or not known

    @property
    def label(self) -> str:
        around = "，".join(filter(None, (self.full, self.place)))
        return f"{self.short}（{around}）" if around else self.short

    def is_elsewhere(self, jurisdiction: int | None) -> bool:
        """Whether it belongs to another city or county. Those of a province also serve the plans of its cities."""
        return jurisdiction is not None and self.local_to not in (None, jurisdiction)


@dataclass
class Register:
    """All agencies of the site and everything they were ever called."""

    entries: dict[str, Entry] = field(default_factory=dict)  # by slug
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # {name: slugs}
    present: set[tuple[str, str]] = field(default_factory=set)  # (slug, name) where the name is in use
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # {collective: slugs}


def register() -> Register:
    """The register of agencies. A fixed number of queries."""
    made = Register()
    kinds = {
        slug: (kind, place or "", None if level == JurisdictionLevel.PROVINCE else jurisdiction)
        for slug, kind, jurisdiction, place, level in Agency.objects.values_list(
            "slug", "kind", "jurisdiction", "jurisdiction__name", "jurisdiction__level"
        )
    }
    names = AgencyName.objects.order_by("agency__order", "agency_id", "valid").values_list(
        "agency__slug", "short", "full", "valid"
    )
    for slug, short, full, valid in names:
        province = province_of(full) or (made.entries[slug].province if slug in made.entries else "")
        kind, place, local_to = kinds[slug]
        made.entries[slug] = Entry(slug, short, full, kind, province, place, local_to)
        for name in {short, full, local_name(full, place)} - {""}:
            if slug not in made.by_name[name]:
                made.by_name[name].append(slug)
            if valid.upper is None:
                made.present.add((slug, name))
    for slug, text in AgencyAlias.objects.values_list("agency__slug", "text"):
        if slug not in made.by_name[text]:
            made.by_name[text].append(slug)
    _provinces_by_plans(made)
    for collective, member in Membership.objects.values_list("collective__slug", "member__slug"):
        made.members[collective].append(member)
    return made


def _provinces_by_plans(known: Register) -> None:
    """An agency whose full name says no province belongs to that of the plans which name it, if they agree. One query."""
    named: dict[str, set[str]] = defaultdict(set)
    rows = Mention.objects.filter(task__plan__state=PlanState.IN_USE).values_list(
        "agency__slug", "task__plan__title", "task__plan__issuer"
    )
    for slug, title, issuer in rows.order_by().distinct():
        named[slug].add(province_of(title, issuer))
    for slug, entry in known.entries.items():
        if not entry.province and len(named.get(slug, ())) == 1:
            known.entries[slug] = replace(entry, province=min(named[slug]))


@dataclass(frozen=True)
class Match:
    """What is made of a printed name. `status` is one of the constants above; `asks` whether a person has to say."""

    name: str
    status: str
    asks: bool
    slug: str = ""  # of the agency of the register
    candidates: tuple[Entry, ...] = ()
    kind: str = ""
    full_name: str = ""
    same_as: str = ""
    members: tuple[str, ...] = ()
    wanted_slug: str = ""

    @property
    def is_new(self) -> bool:
        return self.status in (NEW, ALIKE_NAME, SAME_NAME) and not self.slug

    @property
    def is_collective(self) -> bool:
        return self.kind == AgencyKind.COLLECTIVE


def match_all(edited: Edited, known: Register, jurisdiction: int | None = None) -> dict[str, Match]:
    """{printed name: match}, in printed order. `jurisdiction` is the id of the city or county whose plan
    it is, 0 for a new one; None for a province's plan."""
    head = edited.structure.head
    province = plan_province(edited.structure, edited.corrections) or province_of(head.notice_title.name)
    collectives = {printed.name for printed in edited.structure.agencies if printed.collective}
    return {
        name: match(
            name,
            edited.agencies.get(name),
            known,
            province=province,
            collective=name in collectives,
            jurisdiction=jurisdiction,
        )
        for name in edited.names
    }


def plan_province(structure: Structure, corrections: Corrections) -> str:
    """The province of the plan, by its title, number and issuer."""
    head = structure.head
    typed = [entry.value for entry in corrections.head if entry.value]
    printed = [quote.name for quote in (head.title, *head.issuers, head.doc_number) if quote]
    return province_of(*typed, *printed)


def match(
    name: str,
    choice: AgencyChoice | None,
    known: Register,
    *,
    province: str = "",
    collective: bool = False,
    jurisdiction: int | None = None,
) -> Match:
    """What is made of the name: what a person chose, or else what the register says."""
    kind = kind_of(name, collective=collective)
    if choice is not None:
        kind = choice.kind or kind
        if choice.choice == SAME:
            return Match(name, SAME, asks=False, same_as=choice.same_as, kind=kind)
        if choice.choice == KNOWN and choice.slug in known.entries:
            entry = known.entries[choice.slug]
            return Match(name, KNOWN, asks=False, slug=entry.slug, kind=entry.kind, members=choice.members)
        return Match(
            name,
            NEW,
            asks=not kind,
            kind=kind,
            full_name=choice.full_name,
            members=choice.members,
            wanted_slug=choice.slug if choice.choice == NEW else "",
        )
    same = [known.entries[slug] for slug in known.by_name.get(name, ())]
    same = [entry for entry in same if not entry.is_elsewhere(jurisdiction)]
    here = [entry for entry in same if province and entry.province == province]
    if len(here) == 1:
        status = KNOWN if (here[0].slug, name) in known.present else RENAMED
        return Match(name, status, asks=False, slug=here[0].slug, kind=here[0].kind)
    unsure = [entry for entry in same if not (province and entry.province)]
    if here or unsure:
        return Match(name, SAME_NAME, asks=True, candidates=tuple(here or unsure), kind=kind)
    alike = _alike(name, known, province, jurisdiction)
    if alike:
        return Match(name, ALIKE_NAME, asks=True, candidates=alike, kind=kind)
    return Match(name, NEW, asks=not kind, kind=kind)


def _alike(name: str, known: Register, province: str, jurisdiction: int | None) -> tuple[Entry, ...]:
    """Agencies of the same province, or of an unknown one, with a name that is nearly this one and says no other level.

    市教育局 is of the plan's own city; in the plan of a province, whose cities have one each, it is none of theirs.
    """
    level = level_word_of(name)

    def may_be(text: str, slug: str) -> bool:
        entry = known.entries[slug]
        if province and entry.province not in ("", province):
            return False
        if jurisdiction is None and entry.local_to is not None and name.startswith(level or "\n"):
            return False
        return not entry.is_elsewhere(jurisdiction) and level_word_of(text) in (
            "",
            level or level_word_of(text),
        )

    pool = {
        text: fitting
        for text, slugs in known.by_name.items()
        if (fitting := [slug for slug in slugs if may_be(text, slug)])
    }
    found = process.extract(core_of(name), {text: core_of(text) for text in pool}, scorer=fuzz.ratio, limit=3)
    slugs = dict.fromkeys(slug for _core_text, score, text in found if score >= ALIKE for slug in pool[text])
    return tuple(known.entries[slug] for slug in slugs)


@dataclass(frozen=True)
class AgencyEntries:
    """What the loader needs to know of the agencies."""

    agencies: tuple[AgencyEntry, ...]
    aliases: tuple[AliasEntry, ...]
    collectives: tuple[CollectiveEntry, ...]
    known: Mapping[str, str]  # {printed name: slug of the agency of the register}


def entries_of(matches: Mapping[str, Match], known: Register, taken: Iterable[str] = ()) -> AgencyEntries:
    """Entries for all names; every new agency gets a free slug."""
    slugs = {*known.entries, *taken}
    agencies: dict[str, AgencyEntry] = {}  # by slug
    aliases: list[AliasEntry] = []
    collectives: list[CollectiveEntry] = []
    named: dict[str, str] = {}
    known_slugs: dict[str, str] = {}
    for name, one in matches.items():
        if one.status == SAME:
            continue
        slug = one.slug or one.wanted_slug or slug_of(name, slugs)
        slugs.add(slug)
        if one.slug:
            known_slugs[name] = slug
        if slug in agencies:
            reason = _("与“%(other)s”是同一单位。") % {"other": agencies[slug].name}
            aliases.append(AliasEntry(agencies[slug].name, name, reason))
            continue
        reason = _("导入方案时对应单位库中的单位。") if one.slug else _("导入方案时新增。")
        agencies[slug] = AgencyEntry(
            name,
            slug,
            one.kind or AgencyKind.DEPARTMENT,
            reason,
            full_name=known.entries[one.slug].full if one.slug else one.full_name,
        )
        named[name] = slug
    for name, one in matches.items():
        if one.status == SAME:
            target = one.same_as
            if target in named:
                aliases.append(AliasEntry(target, name, _("与“%(other)s”是同一单位。") % {"other": target}))
    for name, one in matches.items():
        if one.status == SAME or not one.is_collective or name not in named:
            continue
        members = []
        for member, slug, kind in _members(one, known, named, slugs):
            slugs.add(slug)
            if slug in known.entries:
                known_slugs.setdefault(member, slug)
            members.append(
                MemberEntry(member, slug, kind, _("导入方案时列为“%(name)s”的成员。") % {"name": name})
            )
        collectives.append(
            CollectiveEntry(name, _("原文以一个名称指多个单位。"), open=not members, members=tuple(members))
        )
    return AgencyEntries(tuple(agencies.values()), tuple(aliases), tuple(collectives), known_slugs)


def _members(
    one: Match, known: Register, named: Mapping[str, str], taken: set[str]
) -> Iterable[tuple[str, str, str]]:
    """(name, slug, kind) of the collective's members: those a person listed, or else those of the register."""
    if not one.members:
        for slug in known.members.get(one.slug, ()):
            entry = known.entries[slug]
            yield entry.short, slug, entry.kind
        return
    for member in one.members:
        found = known.by_name.get(member, ())
        slug = named.get(member) or (found[0] if len(found) == 1 else slug_of(member, taken))
        listed = known.entries.get(slug)
        yield member, slug, listed.kind if listed else kind_of(member) or AgencyKind.DEPARTMENT
