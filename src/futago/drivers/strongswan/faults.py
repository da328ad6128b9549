"""What a strongSwan daemon, or the kernel around it, can refuse."""

from __future__ import annotations

from futago.domain import faults


class NoAnswer(faults.Unavailable):
    """The daemon's socket is closed, or it did not answer in time."""

    code = "Ike.NoAnswer"


class CommandFailed(faults.Unavailable):
    """The daemon understood a command and refused it."""

    code = "Ike.CommandFailed"


class StartFailed(faults.Unavailable):
    """The daemon did not come up."""

    code = "Ike.StartFailed"


class StopFailed(faults.Unavailable):
    """The daemon, or an SA of it, did not go away."""

    code = "Ike.StopFailed"


class PlaceMissing(faults.Unavailable):
    """A namespace or device that the tunnel needs is not there."""

    code = "Ike.PlaceMissing"


class KernelRefused(faults.Unavailable):
    """The kernel refused a change of a link."""

    code = "Ike.KernelRefused"


class DeviceMissing(KernelRefused):
    """The kernel has no such device in this namespace."""

    code = "Ike.DeviceMissing"


class PathTooLong(faults.Invalid):
    """The runtime directory's path leaves no room for a socket's name."""

    code = "Ike.PathTooLong"
