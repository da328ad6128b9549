"""Tags of resources, as every noun keeps and shows them."""

from __future__ import annotations

from collections.abc import Collection

from futago.services import access, drafts, quotas
from futago.store import tags, unit_of_work


def keep(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    resource_id: str,
    wanted: tuple[drafts.Tag, ...],
) -> None:
    """Put tags on a new resource."""
    if wanted:
        quotas.check(work, scope.account_id, quotas.QuotaCode.TAGS_PER_RESOURCE, len(wanted) - 1)
        tags.put(work.session, resource_id, ((tag.key, tag.value) for tag in wanted))


def read(
    work: unit_of_work.UnitOfWork, resource_ids: Collection[str]
) -> dict[str, tuple[drafts.Tag, ...]]:
    """Give the tags of several resources by id; every id is there."""
    found = tags.get_all(work.session, resource_ids)
    return {
        resource_id: tuple(
            drafts.Tag(key=key, value=value) for key, value in found.get(resource_id, ())
        )
        for resource_id in resource_ids
    }
