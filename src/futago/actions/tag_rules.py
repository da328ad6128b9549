"""Rules on tags in the calls that put them on: the same ones, refused with the codes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from futago.actions import faults, fields, requests, tags
from futago.services import drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What a product says when a rule is broken."""

    too_many_ids: str
    too_many_tags: str
    key_twice: str


VPC: Final = Codes(
    too_many_ids="SizeLimitExceeded.ResourceId",
    too_many_tags="SizeLimitExceeded.TagNum",
    key_twice="Forbidden.TagKey.Duplicated",
)
CBN: Final = Codes(
    too_many_ids="SizeLimitExceeded.ResourceIdNum",
    too_many_tags="QuotaExceeded.TagNum",
    key_twice="DuplicatedParam.TagKey",
)


class Tag(requests.Member):
    """One user tag."""

    key: Annotated[
        str,
        fields.reads(tags.read_key),
        requests.Vendor(missing="MissingParameter.TagKey", invalid="InvalidTagKey"),
    ]
    value: Annotated[
        str, fields.reads(tags.read_value), requests.Vendor(invalid="InvalidTagValue")
    ] = ""


def to_drafts(given: Sequence[Tag], codes: Codes) -> tuple[drafts.Tag, ...]:
    """Read the tags of a call.

    Raises:
        VendorFault: Too many tags, or one key twice.
    """
    if len(given) > tags.TAGS_MAX:
        raise faults.VendorFault(
            codes.too_many_tags,
            400,
            f"Parameter Tag has {len(given)} entries: a resource carries at most {tags.TAGS_MAX}"
            " tags. Send fewer.",
            field="Tag",
        )
    seen: set[str] = set()
    for tag in given:
        if tag.key in seen:
            raise faults.VendorFault(
                codes.key_twice,
                400,
                f"Parameter Tag names the key '{tag.key}' twice: keys are unique. Send it once.",
                field="Tag",
            )
        seen.add(tag.key)
    return tuple(drafts.Tag(key=tag.key, value=tag.value) for tag in given)
