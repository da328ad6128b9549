"""The reference page of the API's actions, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from futago.actions import catalogue

_PRODUCTS = {
    catalogue.Product.VPC: "VPN, customer gateways and VPCs: version 2016-04-28",
    catalogue.Product.CBN: "CEN and transit routers: version 2017-09-12",
    catalogue.Product.RAM: "Roles and permissions: version 2015-05-01",
    catalogue.Product.RESOURCE_MANAGER: "Resource management: version 2020-03-31",
    catalogue.Product.STS: "Temporary credentials: version 2015-04-01",
    catalogue.Product.FUTAGO: "Futago's own: version 2026-12-01",
}


_COLUMNS = ("Action", "Does", "Support", "Repeated", "Complete", "Limit")
_SUPPORT_TEXT = {
    catalogue.Support.WORKS: "carried out, with all parameters that the vendor's clients send",
    catalogue.Support.WITHOUT_EFFECT: (
        "answered as the vendor does, with nothing behind it: an empty list, or a service that is"
        " open anyway"
    ),
    catalogue.Support.REFUSED: "answered with an error that names the reason",
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
        "answer comes before the change is complete. The OpenAPI document is at",
        "[openapi.json](openapi.json) and at `/openapi.json` of a running API; codes are explained",
        "in [errors](errors.md).",
        "",
        *_compatibility(listed),
    ]
    for product, title in _PRODUCTS.items():
        lines += [
            "",
            f"## {title}",
            "",
            f"| {' | '.join(_COLUMNS)} |",
            "|---" * len(_COLUMNS) + "|",
        ]
        lines += [_row(action) for action in listed if action.product is product]
    return "\n".join(lines) + "\n"


def _compatibility(listed: Sequence[catalogue.AnyAction]) -> Iterator[str]:
    yield "## Compatibility"
    yield ""
    yield "| Support | Actions | Meaning |"
    yield "|---|---|---|"
    for support, meaning in _SUPPORT_TEXT.items():
        count = sum(action.support is support for action in listed)
        yield f"| {support.value} | {count} | {meaning} |"
    yield ""
    yield "Resource Orchestration Service is not supported: its templates need a service of their"
    yield "own that calls these actions. Use Terraform, an SDK or the actions themselves."


def _row(action: catalogue.AnyAction) -> str:
    cells = (
        action.name,
        action.title.replace("|", "\\|"),
        action.support.value,
        action.idempotency.value,
        "later" if action.asynchronous else "at once",
        action.quota or "",
    )
    return f"| {' | '.join(cells)} |"
