"""The region of this installation and the zones that its nodes offer."""

from __future__ import annotations

from futago.actions import catalogue, operation, requests
from futago.services import nodes

ZONE = "AvailabilityZone"


class DescribeRegions(requests.Request):
    """Parameters of DescribeRegions; names are not translated and every product is here."""

    accept_language: str | None = None
    product_type: str | None = None


class DescribeZones(requests.Request):
    """Parameters of DescribeZones."""

    accept_language: str | None = None
    zone_type: str = ZONE


def describe_regions(context: operation.Context, _request: DescribeRegions) -> catalogue.Answer:
    """Show the one region."""
    region = context.region
    member = {"RegionId": region.id, "LocalName": region.local_name, "RegionEndpoint": ""}
    return {"Regions": {"Region": [member]}}


def describe_zones(context: operation.Context, request: DescribeZones) -> catalogue.Answer:
    """List the zones of all nodes."""
    zones = nodes.zones(context.work) if request.zone_type == ZONE else ()
    members = [{"ZoneId": zone, "LocalName": zone, "ZoneType": ZONE} for zone in sorted(zones)]
    return {"Zones": {"Zone": members}}


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
)
