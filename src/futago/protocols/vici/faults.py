"""What can be wrong with bytes that claim to be VICI."""

from __future__ import annotations

from futago.domain import faults


class MalformedVici(faults.Internal):
    """Bytes that are not VICI, or a value that VICI cannot carry."""

    code = "Vici.Malformed"


class UnexpectedPacket(faults.Internal):
    """The daemon answered something that was not asked."""

    code = "Vici.UnexpectedPacket"
