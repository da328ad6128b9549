"""User tags and resource groups on the wire.

Creating actions of the VPC product spell tags `Tags.N`, all others `Tag.N`; the rules are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, fields, requests
from futago.domain import faults as domain_faults
from futago.services import drafts, filters

KEY_MAX = 64
VALUE_MAX = 128
TAGS_MAX = 20
RESERVED_PREFIXES = ("aliyun", "acs:")


def read_key(text: str) -> str:
    """Check a key."""
    return _checked(text, KEY_MAX)


def read_value(text: str) -> str:
    """Check a value."""
    return _checked(text, VALUE_MAX)


def _checked(text: str, maximum: int) -> str:
    if len(text) > maximum:
        raise domain_faults.Invalid(f"the text has {len(text)} characters, at most {maximum} fit")
    lowered = text.lower()
    if lowered.startswith(RESERVED_PREFIXES):
        raise domain_faults.Invalid("the text must not begin with aliyun or acs:")
    if any(prefix in lowered for prefix in fields.URL_PREFIXES):
        raise domain_faults.Invalid("the text must not hold http:// or https://")
    return text


class Tag(requests.Member):
    """One user tag."""

    key: Annotated[
        str,
        fields.reads(read_key),
        requests.Vendor(missing="InvalidParameter.TagKey", invalid="InvalidParameter.TagKey"),
    ]
    value: Annotated[
        str, fields.reads(read_value), requests.Vendor(invalid="InvalidParameter.TagValue")
    ] = ""


class Tagged(requests.Member):
    """User tags under `Tags.N`."""

    tags: tuple[Tag, ...] = ()


class TaggedByTag(requests.Member):
    """User tags under `Tag.N`."""

    tags: Annotated[tuple[Tag, ...], pydantic.Field(alias="Tag")] = ()


def to_drafts(tags: Sequence[Tag]) -> tuple[drafts.Tag, ...]:
    """Read the tags of a call.

    Raises:
        VendorFault: Too many tags, or one key twice.
    """
    if len(tags) > TAGS_MAX:
        raise faults.VendorFault(
            "SizeLimitExceeded.TagNum",
            400,
            f"Parameter Tag has {len(tags)} entries: a resource carries at most {TAGS_MAX} tags."
            " Send fewer.",
            field="Tag",
        )
    keys = [tag.key for tag in tags]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise faults.VendorFault(
            "Duplicated.TagKey",
            400,
            f"Parameter Tag names the key '{twice}' twice: keys are unique. Send it once.",
            field="Tag",
        )
    return tuple(drafts.Tag(key=tag.key, value=tag.value) for tag in tags)


def to_matches(tags: Sequence[Tag]) -> tuple[filters.TagMatch, ...]:
    """Read the tags that a list is narrowed by; one without a value matches any."""
    return tuple(filters.TagMatch(key=tag.key, value=tag.value or None) for tag in to_drafts(tags))


def to_wire(tags: Sequence[drafts.Tag]) -> list[catalogue.JSON]:
    """Spell tags as a list of members."""
    return [{"Key": tag.key, "Value": tag.value} for tag in tags]
