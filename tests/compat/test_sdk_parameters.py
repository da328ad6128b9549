"""Every parameter that the official clients can send is read by our models, at every depth."""

from __future__ import annotations

import inspect
import re
from typing import Any, get_args

import pydantic
import pytest
from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_vpc20160428 import models as vpc

from futago.actions import catalogue, registry

SDK = {catalogue.Product.VPC: vpc, catalogue.Product.CBN: cbn}
OWNER_GROUP = {"OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount"}
ACTIONS = [
    action
    for action in registry.catalogue(region_id="cn-hangzhou")
    if action.product in SDK and action.support is not catalogue.Support.REFUSED
]


def sdk_class(module: Any, name: str) -> Any:
    """Find a model; newer clients spell abbreviations in either case."""
    known = {each.lower(): each for each in dir(module)}
    found = known.get(name.lower())
    return getattr(module, found) if found else None


def sent_names(cls: Any) -> set[str]:
    return set(re.findall(r"result\['(\w+)'\] =", inspect.getsource(cls.to_map)))


def model_inside(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    return next(filter(None, (model_inside(each) for each in get_args(annotation))), None)


def missing(module: Any, sdk_name: str, model: type[pydantic.BaseModel], path: str) -> list[str]:
    ours = {field.alias or name: field for name, field in model.model_fields.items()}
    found: list[str] = []
    for name in sorted(sent_names(sdk_class(module, sdk_name)) - OWNER_GROUP):
        if name not in ours:
            found.append(f"{path}{name}")
            continue
        inner = model_inside(ours[name].annotation)
        if inner is not None and sdk_class(module, sdk_name + name) is not None:
            found += missing(module, sdk_name + name, inner, f"{path}{name}.")
    return found


@pytest.mark.parametrize("action", ACTIONS, ids=[action.name for action in ACTIONS])
def test_every_parameter_of_the_client_is_read(action: Any) -> None:
    module = SDK[action.product]
    assert sdk_class(module, f"{action.name}Request") is not None
    assert missing(module, f"{action.name}Request", action.request, "") == []
