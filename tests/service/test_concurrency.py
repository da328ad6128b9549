"""Eight writers at once: whatever wins, nothing half-made is left and nobody sees two truths."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from typing import Any

import pytest
import sqlalchemy as sa

from futago.actions import catalogue, dispatch
from futago.domain import policy
from futago.protocols.rpc import params
from futago.services import access, quotas
from futago.store import schema, schema_grants
from futago.testing import loopback, several

pytestmark = pytest.mark.slow
WRITERS = 8
ROUNDS = 6
DEADLINE = 60
RETRIED = {"ServiceUnavailable", "OperationConflict"}
"""What clients try again by themselves."""


class Crowd:
    """Callers of one account that start together, in threads of the process that serves them."""

    def __init__(
        self, service: loopback.Service | several.Several, account_id: str | None = None
    ) -> None:
        self.service = service
        self.account_id = account_id or service.account_id

    def of_another_account(self) -> Crowd:
        with self.service.database.begin() as unit:
            account_id = access.create_account(unit, "branch")
        return type(self)(self.service, account_id)

    def send(self, version: str, name: str, **values: Any) -> tuple[int, dict[str, Any]]:
        assert isinstance(self.service, loopback.Service)
        outcome = self.service.dispatcher.dispatch(
            dispatch.CallInput(
                version=version,
                action=name,
                method="POST",
                pairs=tuple(params.flatten({"RegionId": loopback.REGION, **values})),
                principal=catalogue.Principal(
                    self.account_id, loopback.USER, "LTAItest", policy.ADMINISTRATOR
                ),
                request_id="0A",
                source_ip="192.0.2.1",
            )
        )
        return outcome.status, dict(outcome.answer)

    def vpc(self, name: str, **values: Any) -> tuple[int, dict[str, Any]]:
        return self.send("2016-04-28", name, **values)

    def cbn(self, name: str, **values: Any) -> tuple[int, dict[str, Any]]:
        return self.send("2017-09-12", name, **values)

    def good(self, answer: tuple[int, dict[str, Any]]) -> dict[str, Any]:
        assert answer[0] == 200, answer
        return answer[1]

    def together(
        self, jobs: Sequence[Callable[[], tuple[int, dict[str, Any]]]]
    ) -> list[tuple[int, dict[str, Any]]]:
        """Run jobs at once; nobody may be answered by a failure of the service."""
        barrier = threading.Barrier(len(jobs))

        def run(job: Callable[[], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
            barrier.wait(DEADLINE)
            for _ in range(50):
                answer = job()
                if answer[1].get("Code") not in RETRIED:
                    return answer
            return answer

        with futures.ThreadPoolExecutor(len(jobs)) as pool:
            answers = list(pool.map(run, jobs, timeout=DEADLINE))
        assert all(status < 500 for status, _ in answers), answers
        return answers


class Callers(Crowd):
    """Callers of one account over HTTP, each on a connection that any process may accept."""

    def __init__(self, service: Any, account_id: str | None = None) -> None:
        super().__init__(service, account_id)
        service.key_of(self.account_id)

    def send(self, version: str, name: str, **values: Any) -> tuple[int, dict[str, Any]]:
        assert isinstance(self.service, several.Several)
        request = self.service.signed(version, name, account_id=self.account_id, **values)
        answer = self.service.client.send(request)
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def processes() -> Iterator[several.Several]:
    with several.serving(3) as service:
        yield service


@pytest.fixture(params=["threads", "processes"])
def crowd(tmp_path: Any, request: pytest.FixtureRequest) -> Iterator[Crowd]:
    if request.param == "threads":
        with loopback.build(tmp_path) as service:
            yield Crowd(service)
            require_no_orphans(service)
        return
    shared: several.Several = request.getfixturevalue("processes")
    # Of an account of its own, so that each test begins with nothing.
    callers = Callers(shared).of_another_account()
    yield callers
    require_no_orphans(shared)


def require_no_orphans(service: loopback.Service | several.Several) -> None:
    """Look for rows that refer to nothing, of whatever table."""
    with service.database.read() as unit:
        assert unit.session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        tunnels = set(unit.session.scalars(sa.select(schema.TunnelRow.id)))
        owners = set(
            unit.session.scalars(
                sa.select(schema.SecretRow.owner_id).where(schema.SecretRow.purpose == "psk")
            )
        )
        connections = set(unit.session.scalars(sa.select(schema.ConnectionRow.id)))
        attached = unit.session.scalars(
            sa.select(schema.AttachmentRow.resource_id).where(schema.AttachmentRow.kind == "vpn")
        ).all()
        seated = set(
            unit.session.scalars(
                sa.select(schema.TunnelRow.connection_id).where(
                    schema.TunnelRow.gateway_address.is_not(None)
                )
            )
        )
        row, grant = schema.AttachmentRow, schema_grants.AttachmentGrantRow
        ungranted = unit.session.scalars(
            sa.select(row.id)
            .join(schema.ConnectionRow, schema.ConnectionRow.id == row.resource_id)
            .outerjoin(grant, grant.attachment_id == row.id)
            .where(schema.ConnectionRow.account_id != row.account_id, grant.attachment_id.is_(None))
        ).all()
    assert owners == tunnels
    assert ungranted == []
    assert set(attached) <= connections
    assert seated == set(attached)


def gateways(crowd: Crowd) -> list[str]:
    return [
        crowd.good(crowd.vpc("CreateCustomerGateway", IpAddress=f"203.0.113.{number}"))[
            "CustomerGatewayId"
        ]
        for number in (1, 2)
    ]


def connection(gateway_ids: list[str], **more: Any) -> dict[str, Any]:
    return {
        "LocalSubnet": "0.0.0.0/0",
        "RemoteSubnet": "0.0.0.0/0",
        "TunnelOptionsSpecification": [
            {"TunnelIndex": index, "CustomerGatewayId": each}
            for index, each in enumerate(gateway_ids, start=1)
        ],
        **more,
    }


def router(crowd: Crowd) -> str:
    cen_id = crowd.good(crowd.cbn("CreateCen"))["CenId"]
    made = crowd.cbn(
        "CreateTransitRouter", CenId=cen_id, TransitRouterCidrList='[{"Cidr":"10.250.0.0/24"}]'
    )
    crowd.service.node.settle()
    return str(crowd.good(made)["TransitRouterId"])


def listed(crowd: Crowd) -> list[str]:
    shown = crowd.good(crowd.vpc("DescribeVpnConnections", PageSize=50))
    return [each["VpnConnectionId"] for each in shown["VpnConnections"]["VpnConnection"]]


def test_of_parallel_attachments_with_one_tunnel_cidr_one_wins(crowd: Crowd) -> None:
    router_id = router(crowd)
    gateway_id = crowd.good(crowd.vpc("CreateCustomerGateway", IpAddress="203.0.113.7", Asn=65001))
    options = [
        {
            "TunnelIndex": index,
            "CustomerGatewayId": gateway_id["CustomerGatewayId"],
            "TunnelBgpConfig": {"TunnelCidr": f"169.254.{index}0.0/30"},
        }
        for index in (1, 2)
    ]
    wanted = connection([], EnableTunnelsBgp=True, TunnelOptionsSpecification=options)
    made = [
        crowd.good(crowd.vpc("CreateVpnAttachment", **wanted))["VpnConnectionId"]
        for _ in range(WRITERS)
    ]
    answers = crowd.together(
        [
            lambda each=each: crowd.cbn(
                "CreateTransitRouterVpnAttachment", TransitRouterId=router_id, VpnId=each
            )
            for each in made
        ]
    )
    assert sorted(status for status, _ in answers) == [200] + [400] * (WRITERS - 1)
    refused = {answer["Code"] for status, answer in answers if status != 200}
    assert refused == {"OverLappingExist.Cidr"}


def test_parallel_creates_with_one_token_make_one_connection(crowd: Crowd) -> None:
    wanted = connection(gateways(crowd), ClientToken="tok-1")
    answers = crowd.together([lambda: crowd.vpc("CreateVpnAttachment", **wanted)] * WRITERS)
    assert {status for status, _ in answers} == {200}
    made = {answer["VpnConnectionId"] for _, answer in answers}
    assert len(made) == 1
    assert listed(crowd) == list(made)


def test_one_token_with_different_parameters_makes_one_and_refuses_the_others(
    crowd: Crowd,
) -> None:
    gateway_ids = gateways(crowd)
    jobs = [
        lambda name=f"n{number}": crowd.vpc(
            "CreateVpnAttachment", **connection(gateway_ids, ClientToken="tok-1", Name=name)
        )
        for number in range(WRITERS)
    ]
    answers = crowd.together(jobs)
    assert sorted(status for status, _ in answers) == [200] + [400] * (WRITERS - 1)
    codes = {answer["Code"] for status, answer in answers if status == 400}
    assert codes == {"IdempotentParameterMismatch"}
    assert len(listed(crowd)) == 1


def test_an_address_is_given_once_whoever_asks_first(crowd: Crowd) -> None:
    jobs = [lambda: crowd.vpc("CreateCustomerGateway", IpAddress="203.0.113.77")] * WRITERS
    answers = crowd.together(jobs)
    assert sorted(status for status, _ in answers) == [200] + [400] * (WRITERS - 1)


def test_a_connection_that_is_modified_and_deleted_at_once_is_gone(crowd: Crowd) -> None:
    made = crowd.good(crowd.vpc("CreateVpnAttachment", **connection(gateways(crowd))))
    connection_id = made["VpnConnectionId"]

    def modify(number: int) -> Callable[[], tuple[int, dict[str, Any]]]:
        return lambda: crowd.vpc(
            "ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, Name=f"name {number}"
        )

    jobs = [modify(number) for number in range(WRITERS - 1)]
    answers = crowd.together(
        [*jobs, lambda: crowd.vpc("DeleteVpnAttachment", VpnConnectionId=connection_id)]
    )
    assert answers[-1][0] == 200
    for status, answer in answers[:-1]:
        assert status == 200 or answer["Code"] == "InvalidVpnConnectionInstanceId.NotFound"
    assert listed(crowd) == []


def test_a_connection_is_attached_once(crowd: Crowd) -> None:
    router_id = router(crowd)
    made = crowd.good(crowd.vpc("CreateVpnAttachment", **connection(gateways(crowd))))
    jobs = [
        lambda: crowd.cbn(
            "CreateTransitRouterVpnAttachment",
            TransitRouterId=router_id,
            VpnId=made["VpnConnectionId"],
        )
    ] * WRITERS
    answers = crowd.together(jobs)
    assert sorted(status for status, _ in answers) == [200] + [400] * (WRITERS - 1)


def test_attaching_against_deleting_leaves_the_one_or_the_other(crowd: Crowd) -> None:
    router_id = router(crowd)
    gateway_ids = gateways(crowd)
    for _ in range(3):
        made = crowd.good(crowd.vpc("CreateVpnAttachment", **connection(gateway_ids)))
        connection_id = made["VpnConnectionId"]
        attached, deleted = crowd.together(
            [
                lambda connection_id=connection_id: crowd.cbn(
                    "CreateTransitRouterVpnAttachment",
                    TransitRouterId=router_id,
                    VpnId=connection_id,
                ),
                lambda connection_id=connection_id: crowd.vpc(
                    "DeleteVpnAttachment", VpnConnectionId=connection_id
                ),
            ]
        )
        assert sorted([attached[0], deleted[0]]) == [200, 400]


def test_attaching_against_detaching_ends_in_one_of_both(crowd: Crowd) -> None:
    router_id = router(crowd)
    made = crowd.good(crowd.vpc("CreateVpnAttachment", **connection(gateways(crowd))))

    def attach() -> tuple[int, dict[str, Any]]:
        return crowd.cbn(
            "CreateTransitRouterVpnAttachment",
            TransitRouterId=router_id,
            VpnId=made["VpnConnectionId"],
        )

    attachment_id = crowd.good(attach())["TransitRouterAttachmentId"]
    crowd.service.node.settle()

    def detach() -> tuple[int, dict[str, Any]]:
        return crowd.cbn(
            "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id
        )

    crowd.together([attach, detach] * (WRITERS // 2))
    crowd.service.node.settle()
    again = crowd.good(attach())
    crowd.service.node.settle()
    shown = crowd.good(crowd.cbn("ListTransitRouterVpnAttachments"))
    (only,) = shown["TransitRouterAttachments"]
    assert only["TransitRouterAttachmentId"] == again["TransitRouterAttachmentId"]


def test_attaching_against_revoking_leaves_no_attachment_without_a_grant(crowd: Crowd) -> None:
    router_id = router(crowd)
    branch = crowd.of_another_account()
    made = branch.good(branch.vpc("CreateVpnAttachment", **connection(gateways(branch))))
    connection_id = made["VpnConnectionId"]
    (cen,) = crowd.good(crowd.cbn("DescribeCens"))["Cens"]["Cen"]
    granted = {
        "CenId": cen["CenId"],
        "CenOwnerId": crowd.account_id,
        "InstanceId": connection_id,
        "InstanceType": "VPN",
    }

    def attach() -> tuple[int, dict[str, Any]]:
        return crowd.cbn(
            "CreateTransitRouterVpnAttachment",
            TransitRouterId=router_id,
            VpnId=connection_id,
            VpnOwnerId=branch.account_id,
        )

    def revoke() -> tuple[int, dict[str, Any]]:
        return branch.cbn("RevokeInstanceFromTransitRouter", **granted)

    def attachments() -> list[str]:
        shown = crowd.good(crowd.cbn("ListTransitRouterVpnAttachments"))
        return [each["TransitRouterAttachmentId"] for each in shown["TransitRouterAttachments"]]

    for number in range(ROUNDS):
        branch.good(branch.cbn("GrantInstanceToTransitRouter", **granted))
        jobs = [attach, revoke] if number % 2 else [revoke, attach]
        answers = crowd.together(jobs * (WRITERS // 2))
        require_no_orphans(crowd.service)
        rules = branch.good(
            branch.cbn("DescribeGrantRulesToResource", ProductType="VPN", ResourceId=connection_id)
        )
        # Exactly one caller wins, and what is left tells which kind it was.
        assert sorted(status for status, _ in answers)[:2] in ([200, 400], [200, 404])
        assert len(attachments()) == rules["TotalCount"]
        crowd.service.node.settle()
        for attachment_id in attachments():
            crowd.good(
                crowd.cbn(
                    "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id
                )
            )
            crowd.service.node.settle()
            branch.good(revoke())


def test_every_reader_sees_a_growing_list_without_halves(crowd: Crowd) -> None:
    gateway_ids = gateways(crowd)
    per_writer = 4

    def write() -> tuple[int, dict[str, Any]]:
        for _ in range(per_writer):
            answer = crowd.vpc("CreateVpnAttachment", **connection(gateway_ids))
            if answer[0] != 200:
                return answer
        return answer

    def look() -> tuple[int, dict[str, Any]]:
        counts: list[int] = []
        for _ in range(20):
            shown = crowd.good(crowd.vpc("DescribeVpnConnections", PageSize=50))
            members = shown["VpnConnections"]["VpnConnection"]
            options = [each["TunnelOptionsSpecification"]["TunnelOptions"] for each in members]
            assert {len(tunnels) for tunnels in options} <= {2}
            counts.append(shown["TotalCount"])
        assert counts == sorted(counts)
        return 200, {}

    answers = crowd.together([*[write] * (WRITERS - 2), look, look])
    assert {status for status, _ in answers} == {200}
    assert len(listed(crowd)) == per_writer * (WRITERS - 2)


def test_a_limit_holds_against_writers_that_come_together(crowd: Crowd) -> None:
    code = quotas.QuotaCode.CUSTOMER_GATEWAYS_PER_REGION
    with crowd.service.database.begin() as unit:
        quotas.set_limit(unit, crowd.account_id, code, 3)
    jobs = [
        lambda number=number: crowd.vpc("CreateCustomerGateway", IpAddress=f"203.0.113.{number}")
        for number in range(10, 10 + WRITERS)
    ]
    answers = crowd.together(jobs)
    assert sorted(status for status, _ in answers) == [200] * 3 + [400] * (WRITERS - 3)
    codes = {answer["Code"] for status, answer in answers if status == 400}
    assert codes == {"Resource.QuotaFull"}
