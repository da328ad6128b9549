"""The reference page of reasons, written from their table."""

from __future__ import annotations

from futago.plan import failures, remedies

_HEAD = """\
# Reasons

Why a tunnel failed, or what is wrong with it although it is up. `DiagnoseVpnConnections` gives the
code as `FailedReasonCode` with both sides' values, `ListTunnelReasons` also phase, setting and
remedy, for thirty days. `NoExceptionFound` stands for none. Where no reason is known, and the
tunnel is not known to pass packets either, the code is the cause of its
[health](../explanation/status.md), such as `NodeSilent` for a gateway host that does not report.
This page is written from the code.

| Code | What it means | What to do |
|---|---|---|
"""
_UP = "\nThese can hold while traffic passes; their `Severity` is `Warn` then: "


def reasons_page() -> str:
    """Write the page."""
    rows = "".join(
        f"| `{code.value}` | {words.meaning} | {words.remedy} |\n"
        for code, words in sorted(remedies.REMEDIES.items())
    )
    lasting = ", ".join(f"`{code.value}`" for code in sorted(failures.UP_WITH))
    return f"{_HEAD}{rows}{_UP}{lasting}.\n"
