"""Limits of accounts: a product of our own, since the vendor's quotas are set by its people.

The first account belongs to the operator: its users set limits, of other accounts too.
"""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, fields, operation, requests
from futago.domain import faults as domain_faults
from futago.services import accounts, quotas

MAX_VALUE = 1_000_000


def _read_code(text: str) -> quotas.QuotaCode:
    try:
        return quotas.QuotaCode(text)
    except ValueError as exc:
        raise domain_faults.Invalid(f"the code is one of {', '.join(quotas.QuotaCode)}") from exc


QuotaCode = Annotated[
    quotas.QuotaCode,
    fields.reads(_read_code),
    requests.Vendor(invalid="IllegalParam.QuotaCode"),
]


class SetQuota(requests.Request):
    """Parameters of SetQuota."""

    quota_code: QuotaCode
    account_id: str | None = None
    value: Annotated[requests.Integer, pydantic.Field(ge=0, le=MAX_VALUE)]


class ListQuotas(requests.Request):
    """Parameters of ListQuotas."""

    quota_code: QuotaCode | None = None
    account_id: str | None = None


def set_quota(context: operation.Context, request: SetQuota) -> catalogue.Answer:
    """Set a limit of an account; only for the first account."""
    accounts.require_first(context.work, context.scope.account_id)
    _require_value(request)
    account_id = _account(context, request.account_id)
    quotas.set_limit(context.work, account_id, request.quota_code, request.value)
    return {
        "AccountId": account_id,
        "QuotaCode": request.quota_code.value,
        "Value": request.value,
    }


def _require_value(request: SetQuota) -> None:
    lowest, highest = quotas.BOUNDS.get(request.quota_code, (0, MAX_VALUE))
    if not lowest <= request.value <= highest:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter Value with the value '{request.value}' is not valid: the limit"
            f" {request.quota_code.value} is from {lowest} to {highest}. Send one of these.",
            field="Value",
        )


def list_all(context: operation.Context, request: ListQuotas) -> catalogue.Answer:
    """List the limits of the caller's account; the first account may ask for others."""
    account_id = _account(context, request.account_id)
    return {
        "AccountId": account_id,
        "Quotas": [
            {
                "QuotaCode": code.value,
                "Value": quotas.limit(context.work, account_id, code),
                "DefaultValue": default,
            }
            for code, default in quotas.DEFAULTS.items()
            if request.quota_code in {None, code}
        ],
    }


def _account(context: operation.Context, wanted: str | None) -> str:
    own = context.scope.account_id
    if wanted is None or wanted == own:
        return own
    accounts.require_first(context.work, own)
    return accounts.require_account(context.work, wanted)


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="SetQuota",
        product=catalogue.Product.FUTAGO,
        request=SetQuota,
        handler=set_quota,
        mutating=True,
        resource="QuotaCode",
    ),
    operation.Operation(
        name="ListQuotas",
        product=catalogue.Product.FUTAGO,
        request=ListQuotas,
        handler=list_all,
    ),
)
