// Attaches a connection of one account to the transit router of another, and takes it off again.
'use strict'

const assert = require('node:assert')
const {
  Vpc, connect, createConnection, createGateways, createRouter, describe,
  refused, regionId, run, settle,
} = require('./common')

const core = connect(process.env.KEY_ID, process.env.KEY_SECRET)
const branch = connect(process.env.BRANCH_KEY_ID, process.env.BRANCH_KEY_SECRET)
const coreId = process.env.ACCOUNT_ID
const branchId = process.env.BRANCH_ACCOUNT_ID

async function grant (granted) {
  await branch.cbn('GrantInstanceToTransitRouter', granted)
  const ofCen = await core.cbn('DescribeGrantRulesToCen', {
    RegionId: regionId, CenId: granted.CenId, ProductType: 'VPN',
  })
  const rules = ofCen.GrantRules.GrantRule
  assert.deepStrictEqual(rules.map((each) => each.ChildInstanceId), [granted.InstanceId])
  const ofResource = await branch.cbn('DescribeGrantRulesToResource', {
    RegionId: regionId, ResourceId: granted.InstanceId, ProductType: 'VPN',
  })
  assert.deepStrictEqual(ofResource.GrantRules.map((each) => each.CenId), [granted.CenId])
  const request = new Vpc.DescribeVpnCrossAccountAuthorizationsRequest({
    regionId, vpnConnectionId: granted.InstanceId,
  })
  const seen = (await branch.vpc.describeVpnCrossAccountAuthorizations(request)).body
  const [authorization] = seen.crossAccountAuthorizations
  assert.strictEqual(authorization.bindInstance, granted.CenId)
  assert.strictEqual(String(authorization.bindUid), coreId)
}

run(async () => {
  const [cenId, routerId] = await createRouter(core.cbn)
  const connectionId = await createConnection(branch.vpc, await createGateways(branch.vpc))
  const wanted = {
    RegionId: regionId,
    CenId: cenId,
    TransitRouterId: routerId,
    VpnId: connectionId,
    VpnOwnerId: branchId,
  }
  const create = 'CreateTransitRouterVpnAttachment'
  await refused(core.cbn(create, wanted), 'OperationUnsupported.VpnAttachment')
  const granted = {
    RegionId: regionId,
    CenId: cenId,
    CenOwnerId: coreId,
    InstanceId: connectionId,
    InstanceType: 'VPN',
  }
  await grant(granted)
  const attachmentId = (await core.cbn(create, wanted)).TransitRouterAttachmentId
  await settle()
  const listed = await core.cbn('ListTransitRouterVpnAttachments', {
    RegionId: regionId, CenId: cenId,
  })
  const [shown] = listed.TransitRouterAttachments
  assert.strictEqual(shown.Status, 'Attached')
  assert.strictEqual(String(shown.VpnOwnerId), branchId)
  const mine = await describe(branch.vpc, connectionId)
  assert.deepStrictEqual([mine.state, mine.crossAccountAuthorized], ['attached', true])
  assert.strictEqual(mine.transitRouterId, routerId)
  await refused(describe(core.vpc, connectionId), 'InvalidVpnConnectionInstanceId.NotFound')
  const revoke = 'RevokeInstanceFromTransitRouter'
  await refused(branch.cbn(revoke, granted), 'IncorrectStatus.Cen')
  await core.cbn('DeleteTransitRouterVpnAttachment', { TransitRouterAttachmentId: attachmentId })
  await settle()
  await branch.cbn(revoke, granted)
  assert.strictEqual((await describe(branch.vpc, connectionId)).state, 'init')
  await branch.vpc.deleteVpnAttachment(new Vpc.DeleteVpnAttachmentRequest({
    regionId, vpnConnectionId: connectionId,
  }))
})
