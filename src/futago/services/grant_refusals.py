"""Why a service says no where accounts, grants and resource groups meet."""

from __future__ import annotations

from futago.domain import faults


class ResourceGroupNotFound(faults.NotFound):
    """No resource group of this account has the id."""

    code = "ResourceGroup.NotFound"


class ResourceGroupExists(faults.Conflict):
    """The account has a resource group with this name."""

    code = "ResourceGroup.Exists"


class ResourceNotFound(faults.NotFound):
    """No resource of this kind, account and region has the id."""

    code = "Resource.NotFound"


class GrantNotFound(faults.NotFound):
    """The resource is not granted to the CEN."""

    code = "Grant.NotFound"


class GrantInUse(faults.Conflict):
    """An attachment stands on the grant."""

    code = "Grant.InUse"


class GrantInvalid(faults.Invalid):
    """The CEN is not the named account's, or the caller's own."""

    code = "Grant.Invalid"


class NotGranted(faults.Forbidden):
    """The owner has not opened the resource to the CEN."""

    code = "Grant.Missing"


class PayerFixed(faults.Invalid):
    """An attachment of an own resource has one payer."""

    code = "Grant.PayerFixed"
