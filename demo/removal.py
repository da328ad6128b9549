"""Refusals while in use, removal in the right order, and a search for leftovers."""

from __future__ import annotations

from pathlib import Path

from demo import cloud, leftovers, setting
from futago.lab import wait


def remove(story: setting.Story) -> None:
    """Remove everything, in the order that the API insists on, and look for leftovers."""
    with story.told.step("Refusals while in use") as facts:
        facts["delete an attached connection"] = _refusal(story, "Vco.StatusNotSupport")
        facts["delete a used customer gateway"] = _refusal(
            story, "DependencyViolation.VpnConnection"
        )
    facts_of_lab = story.lab.facts
    with story.told.step("Delete everything") as facts:
        _delete_all(story)
        wanted = [*story.tunnel_ids, *story.ids.values(), *story.vswitches]
        wait.eventually(
            lambda: _none(leftovers.of_resources(facts_of_lab, wanted)), within=30, every=0.5
        )
        facts["left of these resources"] = "nothing"
    with story.told.step("Take the lab down") as facts:
        story.lab.down()
        assert _none(leftovers.of_mark(facts_of_lab["mark"], Path(facts_of_lab["directory"])))
        facts["left of the lab"] = "nothing"


def _refusal(story: setting.Story, wanted: str) -> str:
    calls = {
        "Vco.StatusNotSupport": lambda: story.cloud.vpc(
            "DeleteVpnAttachment", vpn_connection_id=story.ids["connection"]
        ),
        "DependencyViolation.VpnConnection": lambda: story.cloud.vpc(
            "DeleteCustomerGateway", customer_gateway_id=story.gateways[0]
        ),
    }
    code = cloud.refusal_of(calls[wanted])
    assert code == wanted, code
    return code


def _delete_all(story: setting.Story) -> None:
    for kind in ("Vpn", "Vpc"):
        _unplug(story, kind, story.ids[f"{kind.lower()} attachment"])
    story.cloud.vpc("DeleteVpnAttachment", vpn_connection_id=story.ids["connection"])
    for gateway in story.gateways:
        story.cloud.vpc("DeleteCustomerGateway", customer_gateway_id=gateway)
    for vswitch in story.vswitches:
        story.cloud.vpc("DeleteVSwitch", v_switch_id=vswitch)
    story.cloud.vpc("DeleteVpc", vpc_id=story.ids["vpc"])
    story.cloud.cbn("DeleteTransitRouter", transit_router_id=story.ids["router"])
    wait.eventually(lambda: _router_gone(story), within=20, every=0.2)
    story.cloud.cbn("DeleteCen", cen_id=story.ids["cen"])


def _unplug(story: setting.Story, kind: str, attachment: str) -> None:
    members = {
        "transit_router_attachment_id": attachment,
        "transit_router_route_table_id": story.ids["table"],
    }
    story.cloud.cbn("DisableTransitRouterRouteTablePropagation", **members)
    story.cloud.cbn("DissociateTransitRouterAttachmentFromRouteTable", **members)
    for each in ("Association", "Propagation"):
        wait.eventually(lambda e=each: story.plug_states(e, members) == [], within=20)
    story.cloud.cbn(f"DeleteTransitRouter{kind}Attachment", transit_router_attachment_id=attachment)
    wait.eventually(lambda: story.attachments(kind, attachment) == [], within=20, every=0.2)


def _router_gone(story: setting.Story) -> bool:
    listed = story.cloud.cbn("ListTransitRouters", cen_id=story.ids["cen"]).transit_routers
    return not listed


def _none(found: list[str]) -> bool:
    assert not found, found
    return True
