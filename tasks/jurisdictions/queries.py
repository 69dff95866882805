"""Queries for jurisdictions: that of a plan, and whose plan an issuer and a title seem to say it is."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tasks.jurisdictions.models import WORDS, Jurisdiction
from tasks.jurisdictions.places import abbreviation_of, group_of, level_of, place_of
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.wording import Wording


def _of_place(place: str, office: str, **words: str) -> Jurisdiction:
    level = level_of(place)
    own = abbreviation_of(place) if level == JurisdictionLevel.PROVINCE else ""
    return Jurisdiction(name=place, level=level, abbreviation=own, office=office, **words)


def site_words() -> Jurisdiction:
    """The settings' words: what is printed for a plan without a jurisdiction. Not saved. 青海省制造强省建设领导小组办公室 → 青海省."""
    office = settings.BRIEF_OFFICE
    group = group_of(office)
    return _of_place(
        place_of(office) or office[:40],
        office,
        leading_group=group,
        notice_mark=settings.NOTICE_MARK,
    )


def words_of(plan_id: int) -> Jurisdiction:
    """The jurisdiction of a plan, as its words are now. One query."""
    return Jurisdiction.objects.filter(plans=plan_id).first() or site_words()


def proposal(issuer: str, title: str) -> Jurisdiction:
    """Whose plan it seems to be, by its issuer and title. Not saved where the site does not know the place yet: its office
    is then the issuer itself, until somebody says more. Without a place it is the site's first. At most two queries."""
    place = place_of(issuer) or place_of(title)
    if not place:
        return Jurisdiction.objects.first() or site_words()
    own = site_words()
    return _stored(place) or (own if own.name == place else _of_place(place[:40], issuer or place))


def chosen(words: Mapping[str, Any]) -> Jurisdiction:
    """The jurisdiction that a person chose by its name, or the new one that they described: with the names of the
    settings, where these are of the same place. One query."""
    if stored := _stored(words["name"]):
        return stored
    own = site_words()
    if own.name == words["name"]:
        named = {"office": own.office, "leading_group": own.leading_group, "notice_mark": own.notice_mark}
        words = {**words, **{name: text for name, text in named.items() if text}}
    return Jurisdiction(**words)


def _stored(name: str) -> Jurisdiction | None:
    return Jurisdiction.objects.filter(name=name).first()


def saved(jurisdiction: Jurisdiction) -> Jurisdiction:
    """The jurisdiction as a row; of two at once with one name the first counts."""
    if jurisdiction.pk:
        return jurisdiction
    values = {name: getattr(jurisdiction, name) for name in (*WORDS, "own_words") if name != "name"}
    row, _is_new = Jurisdiction.objects.get_or_create(name=jurisdiction.name, defaults=values)
    return row


def shared_words() -> Wording:
    """The words of pages that belong to no plan: those of the site's only jurisdiction; of several, words that are right
    for all. One query."""
    rows = list(Jurisdiction.objects.all()[:2])
    return rows[0].wording if len(rows) == 1 else Wording() if rows else site_words().wording


def kind_choices() -> list[tuple[str, str]]:
    """The kinds of single agencies of every jurisdiction, each once. At most two queries."""
    found = dict(shared_words().single_kinds)
    for row in Jurisdiction.objects.exclude(own_words={}):
        found |= {code: label for code, label in row.wording.single_kinds if code not in found}
    return list(found.items())
