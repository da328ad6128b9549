"""Bad input for CreateVpnAttachment: each refusal has the code, says why, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

OPTIONS = "TunnelOptionsSpecification"
ANY = "0.0.0.0/0"


def change(params: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set a member by path; `*` stands for both tunnels."""
    words = path.split(".")
    if words[0] != OPTIONS or len(words) == 1:
        return {**params, path: value}
    tunnels = [dict(each) for each in params[OPTIONS]]
    numbers = (0, 1) if words[1] == "*" else (int(words[1]) - 1,)
    for number in numbers:
        if len(words) == 3:
            tunnels[number][words[2]] = value
        else:
            tunnels[number][words[2]] = {**tunnels[number].get(words[2], {}), words[3]: value}
    return {**params, OPTIONS: tunnels}


ONE = f"{OPTIONS}.1"
IKE = f"{ONE}.TunnelIkeConfig"
IPSEC = f"{ONE}.TunnelIpsecConfig"
BGP = f"{ONE}.TunnelBgpConfig"

BAD = [
    # changes, code, status, words that the message must hold
    ({"RegionId": "cn-nowhere"}, "InvalidRegionId.NotFound", 404, ["RegionId", "cn-nowhere"]),
    ({"RegionId": None}, "MissingParameter", 400, ["RegionId", "requires"]),
    ({"LocalSubnet": None}, "MissingParameter", 400, ["LocalSubnet"]),
    ({"RemoteSubnet": None}, "MissingParameter", 400, ["RemoteSubnet"]),
    (
        {"LocalSubnet": "10.0.0.0/33"},
        "IllegalParam.LocalSubnet",
        400,
        ["LocalSubnet", "10.0.0.0/33", "prefix"],
    ),
    (
        {"RemoteSubnet": "10.1.0.1/16"},
        "IllegalParam.RemoteSubnet",
        400,
        ["RemoteSubnet", "10.1.0.1/16", "10.1.0.0/16"],
    ),
    (
        {"LocalSubnet": "10.0.0.0/8"},
        "IllegalParam.LocalSubnet",
        400,
        ["LocalSubnet", "10.0.0.0/8", "RemoteSubnet", "0.0.0.0/0"],
    ),
    (
        {"LocalSubnet": "10.0.0.0/8", "RemoteSubnet": "100.64.1.0/24"},
        "IllegalParam.RemoteSubnet",
        400,
        ["100.64.1.0/24", "100.64.0.0/10", "networks behind the peer"],
    ),
    (
        {"LocalSubnet": "10.0.0.0/8,10.1.0.0/16", "RemoteSubnet": "192.168.0.0/16"},
        "IllegalParam.LocalSubnet",
        400,
        ["10.1.0.0/16", "inside 10.0.0.0/8"],
    ),
    (
        {
            "LocalSubnet": "10.0.0.0/8",
            "RemoteSubnet": ",".join(f"192.168.{number}.0/24" for number in range(6)),
        },
        "QuotaExceeded.PolicyBasedRoute",
        400,
        ["6 prefixes", "5"],
    ),
    (
        {"RemoteSubnet": "192.168.0.0/16"},
        "IllegalParam.RemoteSubnet",
        400,
        ["RemoteSubnet", "192.168.0.0/16", "0.0.0.0/0"],
    ),
    (
        {
            "LocalSubnet": "10.0.0.0/8,172.16.0.0/12",
            "RemoteSubnet": "192.168.0.0/16",
            f"{IKE}.IkeVersion": "ikev1",
        },
        "ModifyIkeV1WithMultiRoutes.Invalid",
        400,
        ["LocalSubnet", "ikev1", "one prefix"],
    ),
    ({"NetworkType": "both"}, "IllegalParam.NetworkType", 400, ["NetworkType", "both"]),
    ({"TunnelBandwidth": "Huge"}, "InvalidParameter", 400, ["TunnelBandwidth", "Huge", "Large"]),
    ({"EffectImmediately": "soon"}, "InvalidParameter", 400, ["EffectImmediately", "soon"]),
    (
        {"Name": "http://x"},
        "InvalidParameter.VpnConnectionName",
        400,
        ["Name", "http://x", "begin"],
    ),
    ({"Name": "n" * 101}, "InvalidParameter.VpnConnectionName", 400, ["Name", "100"]),
    ({"CustomerGatewayId": "cgw-x"}, "IllegalParam.CustomerGatewayId", 400, ["single-tunnel"]),
    ({"IkeConfig": '{"Psk":"secret-1"}'}, "IllegalParam.IkeConfig", 400, ["IkeConfig"]),
    ({"IpsecConfig": "{}"}, "IllegalParam.IpsecConfig", 400, ["IpsecConfig"]),
    ({"HealthCheckConfig": "{}"}, "IllegalParam.HealthCheckConfig", 400, ["HealthCheckConfig"]),
    ({"BgpConfig": "{}"}, "IllegalParam.BgpConfig", 400, ["BgpConfig"]),
    ({"RemoteCaCert": "PEM"}, "IllegalParam.RemoteCaCert", 400, ["RemoteCaCert"]),
    ({OPTIONS: None}, "MissingParameter.TunnelOptionsSpecification", 400, [OPTIONS, "two"]),
    (
        {f"{ONE}.TunnelIndex": 2},
        "IllegalParam.TunnelIndex",
        400,
        ["TunnelIndex", "2 and 2"],
    ),
    ({f"{ONE}.TunnelIndex": 3}, "InvalidParameter", 400, [f"{ONE}.TunnelIndex", "3"]),
    (
        {f"{ONE}.CustomerGatewayId": ""},
        "MissingParameter",
        400,
        ["TunnelOptionsSpecification.1.CustomerGatewayId"],
    ),
    (
        {f"{ONE}.CustomerGatewayId": "cgw-00000000000000000"},
        "InvalidCustomerGatewayInstanceId.NotFound",
        404,
        ["cgw-00000000000000000"],
    ),
    (
        {f"{ONE}.RemoteCaCertificate": "PEM"},
        "OperationFailed.MissCertificate",
        400,
        ["RemoteCaCertificate"],
    ),
    ({f"{IKE}.IkeEncAlg": "rc4"}, "InvalidParameter", 400, [f"{IKE}.IkeEncAlg", "rc4", "aes"]),
    ({f"{IKE}.IkeAuthAlg": "sha3"}, "InvalidParameter", 400, ["IkeAuthAlg", "sha3", "sha256"]),
    ({f"{IKE}.IkePfs": "group15"}, "InvalidParameter", 400, ["IkePfs", "group15", "group14"]),
    ({f"{IKE}.IkePfs": "disabled"}, "InvalidParameter", 400, ["IkePfs", "disabled"]),
    ({f"{IKE}.IkeVersion": "ikev3"}, "InvalidParameter", 400, ["IkeVersion", "ikev3", "ikev2"]),
    ({f"{IKE}.IkeMode": "quick"}, "InvalidParameter", 400, ["IkeMode", "quick", "main"]),
    ({f"{IKE}.IkeLifetime": 86401}, "InvalidParameter", 400, ["IkeLifetime", "86401", "86400"]),
    ({f"{IKE}.IkeLifetime": -1}, "InvalidParameter", 400, ["IkeLifetime", "-1"]),
    ({f"{IKE}.IkeLifetime": "day"}, "InvalidParameter", 400, ["IkeLifetime", "day"]),
    ({f"{IKE}.LocalId": "%any"}, "InvalidParameter", 400, ["LocalId", "%any", "address"]),
    ({f"{IKE}.RemoteId": "a b"}, "InvalidParameter", 400, ["RemoteId", "a b"]),
    ({f"{IKE}.RemoteId": "r" * 101}, "InvalidParameter", 400, ["RemoteId", "100"]),
    (
        {f"{IPSEC}.IpsecPfs": "group3"},
        "NotSupportVpnConnectionParameter.IpsecPfs",
        400,
        ["IpsecPfs", "group3", "disabled"],
    ),
    (
        {f"{IPSEC}.IpsecAuthAlg": "crc32"},
        "NotSupportVpnConnectionParameter.IpsecAuthAlg",
        400,
        ["IpsecAuthAlg", "crc32", "sha1"],
    ),
    ({f"{IPSEC}.IpsecEncAlg": "null"}, "InvalidParameter", 400, ["IpsecEncAlg", "null"]),
    ({f"{IPSEC}.IpsecLifetime": 86401}, "InvalidParameter", 400, ["IpsecLifetime", "86401"]),
    (
        {"EnableTunnelsBgp": True, f"{OPTIONS}.*.TunnelBgpConfig.TunnelCidr": "169.254.10.0/30"},
        "IllegalParam.TunnelCidr",
        400,
        ["TunnelCidr", "169.254.10.0/30", "both"],
    ),
    (
        {f"{BGP}.TunnelCidr": "169.254.0.0/30"},
        "IllegalParam.TunnelCidr",
        400,
        ["TunnelCidr", "169.254.0.0/30", "reserved"],
    ),
    (
        {f"{BGP}.TunnelCidr": "169.254.169.252/30"},
        "IllegalParam.TunnelCidr",
        400,
        ["TunnelCidr", "169.254.169.252/30", "reserved"],
    ),
    (
        {f"{BGP}.TunnelCidr": "10.0.0.0/30"},
        "IllegalParam.TunnelCidr",
        400,
        ["TunnelCidr", "10.0.0.0/30", "169.254.0.0/16"],
    ),
    (
        {f"{BGP}.TunnelCidr": "169.254.10.1/30"},
        "InvalidTunnelCidr.Malformed",
        400,
        ["TunnelCidr", "169.254.10.1/30"],
    ),
    (
        {f"{BGP}.TunnelCidr": "169.254.10.0/30", f"{BGP}.LocalBgpIp": "169.254.10.0"},
        "IllegalParam.LocalBgpIp",
        400,
        ["LocalBgpIp", "169.254.10.0"],
    ),
    (
        {f"{BGP}.TunnelCidr": "169.254.10.0/30", f"{BGP}.LocalBgpIp": "here"},
        "InvalidLocalBgpIp.Malformed",
        400,
        ["LocalBgpIp", "here"],
    ),
    ({f"{BGP}.LocalAsn": "4294967296"}, "IllegalParam.LocalAsn", 400, ["LocalAsn", "4294967296"]),
    ({"EnableTunnelsBgp": True}, "MissingParameter.TunnelCidr", 400, ["TunnelCidr"]),
    (
        {
            "EnableTunnelsBgp": True,
            f"{ONE}.TunnelBgpConfig.TunnelCidr": "169.254.10.0/30",
            f"{OPTIONS}.2.TunnelBgpConfig.TunnelCidr": "169.254.11.0/30",
        },
        "MissingParam.CustomerGatewayAsn",
        400,
        ["tunnel 1", "BGP", "Asn"],
    ),
    ({f"{BGP}.LocalAsn": 65001}, "OperationUnsupported.EnableBgp", 400, ["TunnelBgpConfig"]),
    (
        {"Tags": [{"Key": "aliyun-x", "Value": "1"}]},
        "InvalidParameter.TagKey",
        400,
        ["Tags.1.Key", "aliyun-x"],
    ),
    (
        {"Tags": [{"Key": "a", "Value": "http://x"}]},
        "InvalidParameter.TagValue",
        400,
        ["Tags.1.Value"],
    ),
    (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
        "Duplicated.TagKey",
        400,
        ["'a'", "twice"],
    ),
    (
        {"Tags": [{"Key": f"k{n}", "Value": "1"} for n in range(21)]},
        "SizeLimitExceeded.TagNum",
        400,
        ["21", "20"],
    ),
    ({"ClientToken": "t" * 65}, "InvalidParameter", 400, ["ClientToken", "64"]),
]


@pytest.mark.parametrize(
    ("changes", "code", "status", "words"),
    BAD,
    ids=[f"{n}-{code}" for n, (_, code, _, _) in enumerate(BAD)],
)
def test_bad_input_is_refused_and_creates_nothing(
    cloud: Any, site: Any, changes: dict[str, Any], code: str, status: int, words: list[str]
) -> None:
    params = site.connection
    for path, value in changes.items():
        params = change(params, path, value)
    refusal = cloud.refused("CreateVpnAttachment", **params)
    assert (refusal.code, refusal.status) == (code, status), refusal.message
    for word in words:
        assert word in refusal.message
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 0


@pytest.mark.parametrize("psk", ["with space", "tab\tkey", "x" * 101, "schl\u00fcssel"])
def test_a_bad_key_is_refused_without_being_repeated(cloud: Any, site: Any, psk: str) -> None:
    params = change(site.connection, f"{IKE}.Psk", psk)
    refusal = cloud.refused("CreateVpnAttachment", **params)
    assert refusal.code == "InvalidParameter"
    assert f"{IKE}.Psk" in refusal.message
    assert "pre-shared key" in refusal.message
    assert psk not in refusal.message
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 0


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_tunnels_than_two_is_refused(cloud: Any, site: Any, count: int) -> None:
    tunnels = [{"CustomerGatewayId": site.gateway_ids[0]}] * count
    refusal = cloud.refused(
        "CreateVpnAttachment", **{**site.connection, "TunnelOptionsSpecification": tunnels}
    )
    assert refusal.code == "IllegalParam.TunnelOptionsSpecification"
    assert f"{count} entries" in refusal.message
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 0


def test_a_dry_run_tells_success_by_an_error_and_creates_nothing(cloud: Any, site: Any) -> None:
    refusal = cloud.refused("CreateVpnAttachment", **site.connection, DryRun="True")
    assert refusal.code == "DryRunOperation"
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 0


def test_zeros_and_blanks_of_unset_members_are_not_given(cloud: Any, site: Any) -> None:
    params = site.connection
    for path, value in {
        f"{OPTIONS}.*.TunnelIkeConfig.IkeLifetime": 0,
        f"{OPTIONS}.*.TunnelIkeConfig.IkeEncAlg": "",
        f"{OPTIONS}.*.TunnelIkeConfig.Psk": "",
        f"{OPTIONS}.*.TunnelIpsecConfig.IpsecLifetime": 0,
        f"{OPTIONS}.*.TunnelBgpConfig.LocalAsn": 0,
        f"{OPTIONS}.*.TunnelBgpConfig.TunnelCidr": "",
        f"{OPTIONS}.*.Role": "master",
        "IkeConfig": "",
        "Name": "",
    }.items():
        params = change(params, path, value)
    made = cloud.call("CreateVpnAttachment", **params)
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=made["VpnConnectionId"])
    for tunnel in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert tunnel["TunnelIkeConfig"]["IkeLifetime"] == "86400"
        assert len(tunnel["TunnelIkeConfig"]["Psk"]) == 16
