"""Tags put on and taken off by calls of their own, and found again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from futago.services import access, drafts, filters, grant_refusals, pages, quotas, refusals
from futago.store import tags, unit_of_work

Kind = tags.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOfResource:
    """A tag with the resource that carries it."""

    resource_id: str
    tag: drafts.Tag


def put(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kind: Kind,
    resource_ids: Sequence[str],
    wanted: Sequence[drafts.Tag],
) -> None:
    """Put tags on resources; a key that is there gets the new value.

    Raises:
        ResourceNotFound: One of them is not of the kind, or not in this account and region.
        QuotaFull: One of them would carry too many.
    """
    _require_owned(work, scope, kind, resource_ids)
    maximum = quotas.limit(work, scope.account_id, quotas.QuotaCode.TAGS_PER_RESOURCE)
    before = tags.get_all(work.session, resource_ids)
    keys = {tag.key for tag in wanted}
    for resource_id in resource_ids:
        after = keys | {key for key, _ in before.get(resource_id, ())}
        if len(after) > maximum:
            raise refusals.QuotaFull(
                f"{resource_id} would carry {len(after)} tags, at most {maximum} fit; "
                "remove some first.",
                limit=maximum,
            )
        tags.put(work.session, resource_id, ((tag.key, tag.value) for tag in wanted))
    work.session.flush()


def take_off(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kind: Kind,
    resource_ids: Sequence[str],
    keys: Collection[str] = (),
) -> None:
    """Take tags with the keys, or all tags, off resources.

    Raises:
        ResourceNotFound: One of them is not of the kind, or not in this account and region.
    """
    _require_owned(work, scope, kind, resource_ids)
    tags.drop(work.session, resource_ids, keys)


def search(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kind: Kind,
    wanted: tuple[Collection[str], Sequence[filters.TagMatch]],
    page: pages.PageRequest,
) -> pages.Page[TagOfResource]:
    """List the tags of resources of a kind: those with the ids that have all wanted tags."""
    rows, total = tags.search(work.session, scope, kind, wanted, page)
    items = tuple(
        TagOfResource(resource_id=row.resource_id, tag=drafts.Tag(key=row.key, value=row.value))
        for row in rows
    )
    return pages.Page(items=items, total=total)


def search_keys(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kinds: Collection[Kind],
    wanted: tuple[Collection[str], str],
    page: pages.PageRequest,
) -> pages.Page[str]:
    """List the keys on resources of several kinds: on those with the ids, holding a text."""
    found, total = tags.search_keys(work.session, scope, kinds, wanted, page)
    return pages.Page(items=tuple(found), total=total)


def _require_owned(
    work: unit_of_work.UnitOfWork, scope: access.Scope, kind: Kind, resource_ids: Sequence[str]
) -> None:
    owned = tags.owned(work.session, scope, kind, resource_ids)
    for resource_id in resource_ids:
        if resource_id not in owned:
            raise grant_refusals.ResourceNotFound(
                f"There is no {kind.value} {resource_id!r} in region {scope.region_id}; "
                "check type and id.",
                value=resource_id,
            )
