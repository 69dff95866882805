"""Queries for imports: what an import says now, with all edits applied, and which earlier import was of the same document."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q, QuerySet

from tasks.agencies.models import AgencyName
from tasks.agencies.proposals import slug_of
from tasks.importing.matching import KNOWN, SAME, Match, Register, entries_of, match_all, register
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.permissions import imports_shown_to
from tasks.importing.questions import Asked, ask_all
from tasks.jurisdictions.models import WORDS, Jurisdiction
from tasks.jurisdictions.queries import chosen, proposal, site_words
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.people.models import User
from tasks.plans.corrections import Corrections
from tasks.plans.editing.application import apply
from tasks.plans.editing.values import AgencyChoice, Edited
from tasks.plans.models import Mention, Plan
from tasks.plans.plan_folder import Source, assemble, combined
from tasks.plans.queries import published
from tasks.plans.structure import Structure
from tasks.slugs import PLAN_SLUG

LIST_FIELDS = ("text", "places", "structure", "outcome", "plan__text", "edition_of__text")  # large


@dataclass(frozen=True)
class Current:
    """An import with its edits applied and its names matched."""

    row: PlanImport
    edited: Edited
    register: Register
    matches: dict[str, Match]
    questions: Asked
    jurisdiction: Jurisdiction  # not saved where the site does not have it yet

    @property
    def structure(self) -> Structure:
        return self.edited.structure

    @property
    def title(self) -> str:
        """The title, as corrected."""
        return _head_text(self.edited, "title")

    @cached_property
    def slug(self) -> str:
        """The plan's slug: free, from its number or title, unless the import names one."""
        if self.row.slug:
            return self.row.slug
        head = self.structure.head
        taken = set(Plan.everything.values_list("slug", flat=True)) | PLAN_SLUG.reserved
        return slug_of(
            head.doc_number.name if head.doc_number else self.title, taken, longest=PLAN_SLUG.longest
        )

    def source(self) -> Source:
        """What the loader takes. Raises Problems where the parts do not fit."""
        entries = entries_of(self.matches, self.register)
        manual = combined(
            Corrections(
                self.structure.text_sha256,
                agencies=entries.agencies,
                aliases=entries.aliases,
                collectives=entries.collectives,
            ),
            self.edited.corrections,
        )
        return assemble(
            self.slug,
            self.row.text,
            self.structure,
            manual,
            known_agencies=entries.known,
            jurisdiction={name: getattr(self.jurisdiction, name) for name in WORDS},
        )


def current(row: PlanImport, edits: int | None = None) -> Current:
    """The import now, or after its first `edits` edits. A fixed number of queries."""
    contents = list(row.edits.order_by("number").values_list("content", flat=True))
    edited = apply(row.text, row.found, contents[:edits])
    known = register()
    if row.edition_of_id:
        own = _of_plan(row.edition_of_id, edited.names)
        edited = replace(edited, agencies={**own, **edited.agencies})
    words = edited.jurisdiction
    place = chosen(words) if words else proposal(_head_text(edited, "issuer"), _head_text(edited, "title"))
    # A province's plan also names the governments of its cities, whose jurisdictions are others.
    local = None if place.level == JurisdictionLevel.PROVINCE else place.pk or 0
    matches = match_all(edited, known, local)
    return Current(row, edited, known, matches, ask_all(edited, matches), place)


def _of_plan(plan_id: int, names: Iterable[str]) -> dict[str, AgencyChoice]:
    """In a new edition of a plan, what the plan printed means the agencies that it means there. Two queries."""
    slugs = dict(
        AgencyName.objects.filter(agency__responsibilities__task__plan=plan_id)
        .order_by("valid")
        .values_list("short", "agency__slug")
    ) | dict(Mention.objects.filter(task__plan=plan_id).values_list("printed", "agency__slug"))
    return {name: AgencyChoice(name, KNOWN, slugs[name]) for name in names if name in slugs}


def may_be_edition_of(now: Current) -> QuerySet[Plan]:
    """The plans of which the import can be a new edition: those of its own place, and the one that was chosen."""
    own = Q(jurisdiction=now.jurisdiction.pk or 0) | Q(pk=now.row.edition_of_id or 0)
    if now.jurisdiction.name == site_words().name:
        own |= Q(jurisdiction=None)
    return published().filter(own)


def _head_text(edited: Edited, name: str) -> str:
    """Words of the head, as corrected."""
    typed = next((one for one in edited.corrections.head if one.field == name), None)
    printed = getattr(edited.structure.head, name)
    return (typed.value if typed else "") or (printed.name if printed else "")


def imports_for(user: User) -> QuerySet[PlanImport]:
    """The imports that the office sees, the latest first, for pages and API; without the texts of plans."""
    rows = PlanImport.objects.filter(imports_shown_to(user)).select_related(
        "file", "uploaded_by", "submitted_by", "decided_by", "plan", "edition_of"
    )
    return rows.defer("plan__text", "edition_of__text").order_by("-id")


def loaded_with(digest: str) -> Plan | None:
    """The plan on the site that has this very text."""
    return Plan.objects.defer("text").filter(text_sha256=digest).first()


def earlier_import(by: User, digest: str, found: Structure) -> PlanImport | None:
    """The last import of the same document that a person of the same place corrected: of the same text, or else with the
    same title or number. Two or three queries."""
    rows = (
        PlanImport.objects.filter(imports_shown_to(by), edits__isnull=False)
        .exclude(state__in=[ImportState.OPEN, ImportState.SUBMITTED])
        .order_by("-id")
    )
    same = rows.filter(text_sha256=digest).first()
    if same is not None:
        return same
    alike = Q(structure__head__title__name=found.head.title.name)
    if found.head.doc_number:
        alike |= Q(structure__head__doc_number__name=found.head.doc_number.name)
    return rows.filter(alike).first() if found.head.title.name else None


def as_loaded(row: PlanImport) -> Source:
    """What the plan of a confirmed import was loaded from, with the agencies that it has on this site."""
    now = current(row)
    slugs = dict(
        AgencyName.objects.filter(agency__responsibilities__task__plan=row.plan_id)
        .order_by("valid")
        .values_list("short", "agency__slug")
    ) | dict(
        AgencyName.objects.filter(agency__mentions__task__plan=row.plan_id)
        .order_by("valid")
        .values_list("short", "agency__slug")
    )
    matches = {
        name: replace(one, slug=slugs[name], kind=now.register.entries[slugs[name]].kind)
        if name in slugs and one.status != SAME
        else one
        for name, one in now.matches.items()
    }
    return replace(now, matches=matches).source()
