"""Packet captures: StartPacketCapture, ListPacketCaptures, DownloadPacketCapture and others.

They hold users' traffic: each download is in the audit, and what is kept is sealed and short-lived.
"""

from __future__ import annotations

import base64
from typing import Annotated

import pydantic

from futago.actions import catalogue, fields, operation, paging, requests, tunnel_tasks
from futago.domain import faults as domain_faults
from futago.domain import tasks
from futago.services import captures
from futago.services import tasks as services

_FUTAGO = catalogue.Product.FUTAGO


def _read_side(text: str) -> tasks.CaptureSide:
    try:
        return tasks.CaptureSide(text)
    except ValueError as exc:
        raise domain_faults.Invalid(f"it is one of {', '.join(tasks.CaptureSide)}") from exc


def _read_protocol(text: str) -> tasks.CaptureProtocol:
    try:
        return tasks.CaptureProtocol(text)
    except ValueError as exc:
        raise domain_faults.Invalid(f"it is one of {', '.join(tasks.CaptureProtocol)}") from exc


class StartPacketCapture(requests.Request, requests.Idempotent):
    """Parameters of StartPacketCapture."""

    vpn_connection_id: str
    tunnel_id: str | None = None
    side: Annotated[tasks.CaptureSide, fields.reads(_read_side)]
    seconds: requests.Integer = 30
    packets: requests.Integer = 1000
    bytes_per_packet: requests.Integer = 256
    filter_cidr: (
        Annotated[fields.Prefix, requests.Vendor(invalid="IllegalParam.FilterCidr")] | None
    ) = None
    filter_port: requests.Integer | None = None
    filter_protocol: Annotated[tasks.CaptureProtocol | None, fields.reads(_read_protocol)] = None


class ListPacketCaptures(requests.Request, requests.Tokened):
    """Parameters of ListPacketCaptures."""

    vpn_connection_id: str
    tunnel_id: str | None = None


class OfCapture(requests.Request):
    """Parameters of StopPacketCapture and DeletePacketCapture."""

    vpn_connection_id: str
    capture_id: str


class DownloadPacketCapture(OfCapture):
    """Parameters of DownloadPacketCapture."""

    offset: Annotated[requests.Integer, pydantic.Field(ge=0)] = 0


def start(context: operation.Context, request: StartPacketCapture) -> catalogue.Answer:
    """Start a capture on a tunnel, or on both of a connection; it ends by itself."""
    spec = tasks.CaptureSpec(
        side=request.side,
        seconds=request.seconds,
        packets=request.packets,
        snap_bytes=request.bytes_per_packet,
        only=tasks.CaptureFilter(
            prefix=request.filter_cidr,
            port=request.filter_port,
            protocol=request.filter_protocol,
        ),
    )
    started = captures.start(
        context.work,
        context.scope,
        (request.vpn_connection_id, request.tunnel_id),
        spec,
        context.principal.user_name,
    )
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "PacketCaptures": [_capture(view) for view in started],
    }


def list_captures(context: operation.Context, request: ListPacketCaptures) -> catalogue.Answer:
    """List the captures of a connection, newest first, and what can be downloaded of them."""
    found = services.list_tasks(
        context.work,
        context.scope,
        (request.vpn_connection_id, request.tunnel_id),
        (tasks.TaskKind.CAPTURE,),
        paging.by_token(request),
    )
    return {
        **paging.tokened(request, found.items, found.total),
        "VpnConnectionId": request.vpn_connection_id,
        "PacketCaptures": [_capture(view) for view in found.items],
    }


def stop(context: operation.Context, request: OfCapture) -> catalogue.Answer:
    """End a capture now; what it has can be downloaded."""
    view = captures.stop(context.work, context.scope, request.vpn_connection_id, request.capture_id)
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "CaptureId": view.task_id,
        "State": view.state.value,
    }


def delete(context: operation.Context, request: OfCapture) -> catalogue.Answer:
    """Remove a capture and what it holds."""
    captures.delete(context.work, context.scope, request.vpn_connection_id, request.capture_id)
    return {"VpnConnectionId": request.vpn_connection_id, "CaptureId": request.capture_id}


def download(context: operation.Context, request: DownloadPacketCapture) -> catalogue.Answer:
    """Give a part of a capture's pcap file in base64; the audit keeps who got it."""
    part = captures.read(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.capture_id,
        request.offset,
    )
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "CaptureId": request.capture_id,
        "FileName": f"{request.capture_id}.pcap",
        "Offset": part.offset,
        "NextOffset": part.next_offset,
        "TotalBytes": part.total,
        "Content": base64.b64encode(part.content).decode(),
    }


def _capture(view: services.TaskView) -> dict[str, catalogue.JSON]:
    spec = view.capture
    result = view.captured or tasks.CaptureResult()
    only = spec.only if spec else tasks.EVERY_PACKET
    kept_until = view.finished_at + tasks.CAPTURE_KEPT if view.finished_at else None
    return {
        "CaptureId": view.task_id,
        "TunnelId": view.tunnel_id,
        "State": view.state.value,
        "IsStopped": view.is_stopped,
        "Side": spec.side.value if spec else "",
        "Seconds": spec.seconds if spec else 0,
        "PacketLimit": spec.packets if spec else 0,
        "BytesPerPacket": spec.snap_bytes if spec else 0,
        "FilterCidr": str(only.prefix) if only.prefix else "",
        "FilterPort": only.port or 0,
        "FilterProtocol": only.protocol.value if only.protocol else "",
        "RequestedBy": view.requested_by,
        "RequestTime": tunnel_tasks.moment(view.requested_at),
        "StartTime": tunnel_tasks.moment(view.started_at),
        "FinishTime": tunnel_tasks.moment(view.finished_at),
        "Packets": result.packets,
        "DroppedPackets": result.dropped,
        "FileBytes": view.kept_bytes,
        "KeptUntil": tunnel_tasks.moment(kept_until if view.kept_bytes else None),
        "Code": view.code or "",
        "Message": view.message or "",
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="StartPacketCapture",
        product=_FUTAGO,
        request=StartPacketCapture,
        handler=start,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
        quota="packet-captures-running",
    ),
    operation.Operation(
        name="ListPacketCaptures",
        product=_FUTAGO,
        request=ListPacketCaptures,
        handler=list_captures,
    ),
    operation.Operation(
        name="StopPacketCapture",
        product=_FUTAGO,
        request=OfCapture,
        handler=stop,
        mutating=True,
        asynchronous=True,
        resource="CaptureId",
    ),
    operation.Operation(
        name="DeletePacketCapture",
        product=_FUTAGO,
        request=OfCapture,
        handler=delete,
        mutating=True,
        resource="CaptureId",
    ),
    operation.Operation(
        name="DownloadPacketCapture",
        product=_FUTAGO,
        request=DownloadPacketCapture,
        handler=download,
        is_audited=True,
    ),
)
