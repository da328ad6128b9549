"""All actions of an installation."""

from __future__ import annotations

from futago.actions import (
    access_keys,
    accounts,
    associations,
    audit_events,
    bgp_sessions,
    cens,
    connection_diagnosis,
    connection_health,
    connections,
    cross_account,
    customer_gateways,
    device_configuration,
    diagnosis,
    edit_plans,
    events,
    gateway_diagnosis,
    grants,
    known_operations,
    logs,
    node_list,
    operation,
    overview,
    packet_captures,
    paths,
    peer_configuration,
    policies,
    probes,
    propagations,
    quotas,
    ram_roles,
    reasons,
    refused,
    regions,
    resource_groups,
    route_entries,
    route_maps,
    route_tables,
    router_cidrs,
    router_service,
    samples,
    static_entries,
    sts,
    tag_resources,
    transit_routers,
    tunnel_tasks,
    tunnels,
    vco_routes,
    vpc_attachments,
    vpcs,
    vpn_attachments,
    vswitches,
    webhooks,
)
from futago.actions import catalogue as table
from futago.domain import webhooks as domain_webhooks

OPERATIONS: tuple[operation.AnyOperation, ...] = (
    *connections.ACTIONS,
    *tunnels.ACTIONS,
    *peer_configuration.ACTIONS,
    *device_configuration.ACTIONS,
    *diagnosis.ACTIONS,
    *gateway_diagnosis.ACTIONS,
    *overview.ACTIONS,
    *edit_plans.ACTIONS,
    *connection_health.ACTIONS,
    *probes.ACTIONS,
    *tunnel_tasks.ACTIONS,
    *packet_captures.ACTIONS,
    *paths.ACTIONS,
    *connection_diagnosis.ACTIONS,
    *logs.ACTIONS,
    *reasons.ACTIONS,
    *customer_gateways.ACTIONS,
    *vco_routes.ACTIONS,
    *bgp_sessions.ACTIONS,
    *regions.ACTIONS,
    *vpcs.ACTIONS,
    *vswitches.ACTIONS,
    *cens.ACTIONS,
    *transit_routers.ACTIONS,
    *route_maps.ACTIONS,
    *router_cidrs.ACTIONS,
    *vpn_attachments.ACTIONS,
    *vpc_attachments.ACTIONS,
    *route_tables.ACTIONS,
    *route_entries.ACTIONS,
    *static_entries.ACTIONS,
    *router_service.ACTIONS,
    *associations.ACTIONS,
    *propagations.ACTIONS,
    *quotas.ACTIONS,
    *node_list.ACTIONS,
    *accounts.ACTIONS,
    *access_keys.ACTIONS,
    *policies.ACTIONS,
    *ram_roles.ACTIONS,
    *sts.ACTIONS,
    *audit_events.ACTIONS,
    *events.ACTIONS,
    *samples.ACTIONS,
    *webhooks.ACTIONS,
    *tag_resources.ACTIONS,
    *resource_groups.ACTIONS,
    *grants.ACTIONS,
    *cross_account.ACTIONS,
    *known_operations.ACTIONS,
    *refused.ACTIONS,
)


def catalogue(
    *,
    region_id: str,
    local_name: str = "",
    has_extended_crypto: bool = False,
    refuses_interruptions: bool = False,
    key_overlap_seconds: int = 0,
    webhook_rules: domain_webhooks.Rules = domain_webhooks.DEFAULT_RULES,
) -> table.Catalogue:
    """Bind all operations to the region of an installation.

    Args:
        region_id: What callers send as RegionId.
        local_name: Name for people; empty means the id.
        has_extended_crypto: Algorithms beyond the vendor's may be chosen.
        refuses_interruptions: Edits that would interrupt traffic need Force.
        key_overlap_seconds: How long the key before is accepted after an edit that does not say
            so.
        webhook_rules: Where events may be sent to.
    """
    region = operation.Region(
        id=region_id,
        local_name=local_name or region_id,
        has_extended_crypto=has_extended_crypto,
        refuses_interruptions=refuses_interruptions,
        key_overlap_seconds=key_overlap_seconds,
        webhooks=webhook_rules,
    )
    return table.Catalogue(operation.bind(each, region) for each in OPERATIONS)
