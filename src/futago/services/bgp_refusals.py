"""Why a service says no to BGP."""

from __future__ import annotations

from futago.domain import faults


class BgpDisabled(faults.Conflict):
    """BGP is off in the connection, so there is nothing to change."""

    code = "Bgp.Disabled"


class GatewayWithoutAsn(faults.Invalid):
    """The customer gateway of a tunnel has no AS number."""

    code = "Bgp.GatewayWithoutAsn"


class SameAsn(faults.Invalid):
    """Both sides have one AS number; sessions are external."""

    code = "Bgp.SameAsn"


class TunnelCidrTaken(faults.Conflict):
    """Another connection of the router has the tunnel CIDR."""

    code = "Bgp.TunnelCidrTaken"
