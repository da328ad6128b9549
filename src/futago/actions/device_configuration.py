"""DownloadDeviceConfiguration: a connection as files for a named device, ready to be installed.

DownloadVpnConnectionConfig gives values; this action of our own writes them down in the words of a
device. Files that hold keys say so, and an answer with keys is audited like any other.
"""

from __future__ import annotations

from typing import Annotated, Final

from futago.actions import (
    catalogue,
    connection_requests,
    fields,
    operation,
    peer_configuration,
    permissions,
    requests,
)
from futago.devices import linux, linux_routing
from futago.devices import peer_configuration as documents
from futago.domain import faults as domain_faults
from futago.services import connections, gateways, views

DIRECTORY: Final = "/etc/futago-device"
"""Where the files shall lie on the device; it stands in them."""
DEVICES: Final = {
    "strongswan-bird": linux_routing.RoutingDaemon.BIRD,
    "strongswan-frr": linux_routing.RoutingDaemon.FRR,
}
_EXECUTABLE: Final = "0755"
_PRIVATE: Final = "0600"
_READABLE: Final = "0644"


class SeveralKeys(domain_faults.Unsupported):
    """The customer gateways have different BGP keys, and a device gets one."""

    code = "Device.SeveralBgpKeys"


def _read_device(text: str) -> str:
    if text not in DEVICES:
        raise domain_faults.Invalid(f"it is one of {', '.join(DEVICES)}")
    return text


class DownloadDeviceConfiguration(connection_requests.OneConnection):
    """Parameters of DownloadDeviceConfiguration."""

    device: Annotated[str, fields.reads(_read_device)]
    router_address: fields.Address | None = None
    """Address of the device in the data center; without it, its address outside."""
    cloud_prefixes: fields.Prefixes = ()
    """What lies behind the transit router; needed without BGP."""
    announced_prefixes: fields.Prefixes = ()
    """What the device announces by BGP."""
    has_bfd: requests.Flag = True


def render(context: operation.Context, request: DownloadDeviceConfiguration) -> catalogue.Answer:
    """Write the files of a device on the other side."""
    permissions.require_keys(context.principal, context.region.id, request.vpn_connection_id)
    view = connections.describe_connection(
        context.work, context.scope, request.vpn_connection_id, reveal=True
    )
    configuration = documents.parse(peer_configuration.document(view))
    device = linux.LinuxDevice(
        data_plane=linux.DataPlane.XFRM,
        directory=DIRECTORY,
        router_address=request.router_address or configuration.tunnels[0].local,
        cloud_prefixes=request.cloud_prefixes,
        speaker=linux_routing.Speaker(
            daemon=DEVICES[request.device],
            has_bfd=request.has_bfd,
            key=_session_key(context, view),
            announced=request.announced_prefixes,
        ),
    )
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "Device": request.device,
        "Directory": DIRECTORY,
        "Files": [_file(each) for each in linux.render(configuration, device)],
    }


def _session_key(
    context: operation.Context, view: views.ConnectionView
) -> linux_routing.BgpKey | None:
    """Give the key of the BGP sessions, if they have one."""
    gateway_ids = dict.fromkeys(each.tunnel.customer_gateway_id for each in view.tunnels)
    found = {
        gateways.describe_customer_gateway(
            context.work, context.scope, gateway_id, reveal=True
        ).auth_key
        for gateway_id in gateway_ids
    }
    if len(found) > 1:
        raise SeveralKeys(
            f"Customer gateways {' and '.join(gateway_ids)} have different BGP keys, and the files"
            " are for one device with one key: give both the same key."
        )
    key = found.pop()
    return linux_routing.BgpKey(key) if key else None


def _file(file: linux.RenderedFile) -> dict[str, catalogue.JSON]:
    mode = _PRIVATE if file.secret else _EXECUTABLE if file.path == linux.HOOK else _READABLE
    member = "SecretContent" if file.secret else "Content"
    return {"Path": file.path, "Mode": mode, member: file.text}


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DownloadDeviceConfiguration",
        reveals_secrets=True,
        product=catalogue.Product.FUTAGO,
        request=DownloadDeviceConfiguration,
        handler=render,
    ),
)
