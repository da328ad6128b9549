"""The region of this installation and the zones that its nodes offer."""

from __future__ import annotations

from typing import Annotated

from futago.actions import catalogue, fields, operation, requests
from futago.domain import faults
from futago.services import nodes

ZONE = "AvailabilityZone"
SPECS = frozenset({"5M", "10M", "20M", "50M", "100M", "200M", "500M", "1000M"})


def _read_spec(text: str) -> str:
    if text not in SPECS:
        raise faults.Invalid(
            f"the value must be one of {', '.join(sorted(SPECS, key=lambda each: int(each[:-1])))}"
        )
    return text


Spec = Annotated[str, fields.reads(_read_spec)]
"""A size of a VPN gateway."""


class DescribeRegions(requests.Request):
    """Parameters of DescribeRegions; names are not translated and every product is here."""

    accept_language: str | None = None
    product_type: str | None = None


class DescribeVpnGatewayAvailableZones(requests.Request):
    """Parameters of DescribeVpnGatewayAvailableZones; every zone has every size."""

    accept_language: str | None = None
    gateway_type: str | None = None
    spec: Spec


class DescribeZones(requests.Request):
    """Parameters of DescribeZones."""

    accept_language: str | None = None
    zone_type: str = ZONE


def describe_regions(context: operation.Context, _request: DescribeRegions) -> catalogue.Answer:
    """Show the one region."""
    region = context.region
    member = {"RegionId": region.id, "LocalName": region.local_name, "RegionEndpoint": context.host}
    return {"Regions": {"Region": [member]}}


def describe_zones(context: operation.Context, request: DescribeZones) -> catalogue.Answer:
    """List the zones of all nodes."""
    zones = nodes.zones(context.work) if request.zone_type == ZONE else ()
    members = [{"ZoneId": zone, "LocalName": zone, "ZoneType": ZONE} for zone in sorted(zones)]
    return {"Zones": {"Zone": members}}


def describe_gateway_zones(
    context: operation.Context, _request: DescribeVpnGatewayAvailableZones
) -> catalogue.Answer:
    """List the zones in which gateways can be."""
    zones = sorted(nodes.zones(context.work))
    return {
        "RegionId": context.region.id,
        "AvailableZoneIdList": [{"ZoneId": zone, "ZoneName": zone} for zone in zones],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeRegions",
        product=catalogue.Product.VPC,
        request=DescribeRegions,
        handler=describe_regions,
        ignores_region=True,
    ),
    operation.Operation(
        name="DescribeZones",
        product=catalogue.Product.VPC,
        request=DescribeZones,
        handler=describe_zones,
        requires_region=True,
    ),
    operation.Operation(
        name="DescribeVpnGatewayAvailableZones",
        product=catalogue.Product.VPC,
        request=DescribeVpnGatewayAvailableZones,
        handler=describe_gateway_zones,
        requires_region=True,
    ),
)
