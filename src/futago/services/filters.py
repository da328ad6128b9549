"""What lists can be narrowed by; the definitions lie with the queries that obey them."""

from futago.store.filters import (
    AttachmentFilter,
    BindingFilter,
    CenFilter,
    ConnectionFilter,
    CustomerGatewayFilter,
    RouteEntryFilter,
    RouterFilter,
    RouteTableFilter,
    TagMatch,
    VpcFilter,
    VSwitchFilter,
)

__all__ = [
    "AttachmentFilter",
    "BindingFilter",
    "CenFilter",
    "ConnectionFilter",
    "CustomerGatewayFilter",
    "RouteEntryFilter",
    "RouteTableFilter",
    "RouterFilter",
    "TagMatch",
    "VSwitchFilter",
    "VpcFilter",
]
