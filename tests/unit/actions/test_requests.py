"""From pairs to a model, and from pydantic's findings to the vendor's words."""

from __future__ import annotations

from typing import Annotated

import pydantic
import pytest

from futago.actions import faults, requests


class IkeConfig(requests.Member):
    psk: Annotated[str, pydantic.Field(min_length=3), requests.Vendor(secret=True)] | None = None
    ike_lifetime: Annotated[requests.Integer, pydantic.Field(ge=0, le=86400)] = 86400


class Tunnel(requests.Member):
    tunnel_index: Annotated[
        requests.Integer, pydantic.Field(ge=1, le=2), requests.Vendor(missing="MissingTunnelIndex")
    ]
    customer_gateway_id: str
    tunnel_ike_config: IkeConfig | None = None
    enable_dpd: requests.Flag = True


class Attach(
    requests.Request, requests.Idempotent, requests.DryRunnable, requests.Tagged, requests.Paged
):
    local_subnet: Annotated[
        str,
        pydantic.Field(pattern=r"^[0-9./,]+$"),
        requests.Vendor(missing="MissingParam.LocalSubnet", invalid="IllegalParam.LocalSubnet"),
    ]
    tunnels: Annotated[
        tuple[Tunnel, ...], pydantic.Field(alias="TunnelOptionsSpecification", max_length=2)
    ] = ()
    ike_config: Annotated[IkeConfig | None, requests.FROM_JSON] = None
    auth_key: Annotated[str, pydantic.Field(max_length=4)] | None = None


GOOD = (
    ("LocalSubnet", "0.0.0.0/0"),
    ("TunnelOptionsSpecification.1.TunnelIndex", "1"),
    ("TunnelOptionsSpecification.1.CustomerGatewayId", "cgw-1"),
    ("TunnelOptionsSpecification.1.EnableDpd", "False"),
    ("OwnerId", "7"),
    ("Tags.1.Key", "env"),
    ("Tags.1.Value", ""),
)


def refused(*changes: tuple[str, str]) -> faults.VendorFault:
    pairs = dict(GOOD) | dict(changes)
    with pytest.raises(faults.VendorFault) as caught:
        requests.parse(Attach, pairs.items())
    return caught.value


def test_a_call_is_read_into_our_names() -> None:
    request = requests.parse(Attach, GOOD)
    assert request.local_subnet == "0.0.0.0/0"
    assert request.tunnels[0].customer_gateway_id == "cgw-1"
    assert request.tunnels[0].enable_dpd is False
    assert request.tags == (requests.Tag(key="env"),)
    assert (request.page_number, request.page_size, request.dry_run) == (1, 10, False)


def test_our_own_names_do_not_work_on_the_wire() -> None:
    assert refused(("LocalSubnet", ""), ("local_subnet", "x")).vendor_code == (
        "MissingParam.LocalSubnet"
    )


def test_json_text_is_read_like_a_structure() -> None:
    request = requests.parse(
        Attach, (*GOOD, ("IkeConfig", '{"Psk": "", "IkeLifetime": "3600", "Other": 1}'))
    )
    assert request.ike_config == IkeConfig(ike_lifetime=3600)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LocalSubnet", "", "MissingParam.LocalSubnet"),
        ("LocalSubnet", "abc", "IllegalParam.LocalSubnet"),
        ("TunnelOptionsSpecification.1.TunnelIndex", "", "MissingTunnelIndex"),
        ("TunnelOptionsSpecification.1.TunnelIndex", "3", "InvalidParameter"),
        ("TunnelOptionsSpecification.1.TunnelIndex", "1.0", "InvalidParameter"),
        ("TunnelOptionsSpecification.1.TunnelIndex", "9" * 30, "InvalidParameter"),
        ("TunnelOptionsSpecification.1.CustomerGatewayId", "", "MissingParameter"),
        ("TunnelOptionsSpecification.1.EnableDpd", "yes", "InvalidParameter"),
        ("TunnelOptionsSpecification.1.TunnelIkeConfig", "x", "InvalidParameter"),
        ("PageSize", "51", "InvalidParameter"),
        ("PageNumber", "0", "InvalidParameter"),
        ("ClientToken", "é", "InvalidParameter"),
        ("ClientToken", "x" * 65, "InvalidParameter"),
        ("IkeConfig", "{", "InvalidParameter"),
        ("IkeConfig", "[" * 100_000, "InvalidParameter"),
        ("IkeConfig", '{"IkeLifetime": 86401}', "InvalidParameter"),
    ],
)
def test_a_broken_rule_is_said_with_the_code_of_its_field(name: str, value: str, code: str) -> None:
    fault = refused((name, value))
    assert fault.vendor_code == code
    assert fault.status == 400
    assert name in fault.message


def test_a_message_names_place_value_rule_and_remedy() -> None:
    fault = refused(
        ("TunnelOptionsSpecification.7.TunnelIndex", "9"),
        ("TunnelOptionsSpecification.7.CustomerGatewayId", "cgw-2"),
    )
    assert fault.message == (
        "Parameter TunnelOptionsSpecification.7.TunnelIndex with the value '9' is not valid:"
        " input should be less than or equal to 2. Send a value that follows this rule."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TunnelOptionsSpecification.1.TunnelIkeConfig.Psk", "zq"),
        ("AuthKey", "zqzqzq"),
        ("IkeConfig", '{"Psk": "zq"}'),
        ("IkeConfig", '{"Psk": "zqzq"'),
    ],
)
def test_a_secret_is_never_repeated(name: str, value: str) -> None:
    fault = refused((name, value))
    assert "zq" not in fault.message + repr(fault) + repr(fault.context)
    assert fault.__cause__ is None


def test_text_that_cannot_be_encoded_is_refused() -> None:
    fault = refused(("IkeConfig", r'{"Psk": "\ud800abc"}'))
    assert fault.vendor_code == "InvalidParameter"


def test_wire_names_are_those_the_model_reads() -> None:
    assert {"LocalSubnet", "TunnelOptionsSpecification", "DryRun", "RegionId"} <= (
        requests.wire_names(Attach)
    )


def test_json_text_may_hold_typed_values() -> None:
    class Typed(requests.Member):
        on: requests.Flag
        count: requests.Integer
        name: requests.Text
        rest: tuple[str, ...] = ()

    class Wrapped(requests.Request):
        typed: Annotated[Typed, requests.FROM_JSON]

    text = '{"On": true, "Count": 3, "Name": 4, "Rest": ["a"]}'
    typed = requests.parse(Wrapped, [("Typed", text)]).typed
    assert typed == Typed(on=True, count=3, name="4", rest=("a",))
    flat = [("Typed.On", "TRUE"), ("Typed.Count", "-3"), ("Typed.Name", "n")]
    assert requests.parse(Wrapped, flat).typed.count == -3
