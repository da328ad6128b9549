"""The reference page of the API's actions, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from futago.actions import catalogue

_PRODUCTS = {
    catalogue.Product.VPC: "VPN, customer gateways and VPCs: version 2016-04-28",
    catalogue.Product.CBN: "CEN and transit routers: version 2017-09-12",
    catalogue.Product.FUTAGO: "Futago's own: version 2026-12-01",
}


def actions_page(actions: Iterable[catalogue.AnyAction]) -> str:
    """Write the reference page in Markdown."""
    listed = list(actions)
    lines = [
        "# Actions",
        "",
        "Written from the catalogue by `make docs`; do not edit.",
        "",
        f"{len(listed)} actions. A repeated call: *client-token* answers as the first call with",
        "the same ClientToken did; *natural* ends in the same state. *Later* means that the",
        "answer comes before the change is complete.",
    ]
    for product, title in _PRODUCTS.items():
        lines += ["", f"## {title}", "", "| Action | Changes | Repeated | Complete |"]
        lines.append("|---|---|---|---|")
        lines += [_row(action) for action in listed if action.product is product]
    return "\n".join(lines) + "\n"


def _row(action: catalogue.AnyAction) -> str:
    changes = "yes" if action.mutating else "no"
    complete = "later" if action.asynchronous else "at once"
    return f"| {action.name} | {changes} | {action.idempotency.value} | {complete} |"
