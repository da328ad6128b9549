// Walks the life of a dual-tunnel connection with the vendor's clients for Node.
'use strict'

const assert = require('node:assert')
const {
  Vpc, connect, createConnection, createGateways, createRouter, describe,
  psk, refused, regionId, run, settle,
} = require('./common')

const { vpc, cbn } = connect(process.env.KEY_ID, process.env.KEY_SECRET)

async function change (vpnConnectionId, tunnelId) {
  const prefix = 'ModifyTunnelAttributeRequestTunnelOptionsSpecification'
  const answer = await vpc.modifyTunnelAttribute(new Vpc.ModifyTunnelAttributeRequest({
    regionId,
    vpnConnectionId,
    tunnelId,
    tunnelOptionsSpecification: new Vpc[prefix]({
      tunnelIkeConfig: new Vpc[`${prefix}TunnelIkeConfig`]({ psk: 'a+b%c' }),
    }),
  }))
  assert.strictEqual(answer.body.tunnelIkeConfig.psk, 'a+b%c')
}

async function main () {
  const [cenId, routerId] = await createRouter(cbn)
  const gateways = await createGateways(vpc)
  const connectionId = await createConnection(vpc, gateways)
  assert.strictEqual(await createConnection(vpc, gateways), connectionId)
  const attachmentId = (await cbn('CreateTransitRouterVpnAttachment', {
    RegionId: regionId, TransitRouterId: routerId, VpnId: connectionId,
  })).TransitRouterAttachmentId
  assert.strictEqual((await describe(vpc, connectionId)).state, 'attaching')
  await settle()
  const shown = await describe(vpc, connectionId)
  assert.strictEqual(shown.state, 'attached')
  assert.strictEqual(shown.name, 'büro & mehr')
  const tunnels = shown.tunnelOptionsSpecification.tunnelOptions
  assert.deepStrictEqual(tunnels.map((each) => each.tunnelIkeConfig.psk), [psk, psk])
  const listed = await cbn('ListTransitRouterVpnAttachments', {
    RegionId: regionId, TransitRouterAttachmentId: attachmentId,
  })
  assert.strictEqual(listed.TransitRouterAttachments[0].Status, 'Attached')
  const deletion = new Vpc.DeleteVpnAttachmentRequest({ regionId, vpnConnectionId: connectionId })
  await refused(vpc.deleteVpnAttachment(deletion), 'Vco.StatusNotSupport')
  await change(connectionId, tunnels[0].tunnelId)
  await settle()
  await cbn('DeleteTransitRouterVpnAttachment', { TransitRouterAttachmentId: attachmentId })
  await settle()
  await vpc.deleteVpnAttachment(deletion)
  await refused(describe(vpc, connectionId), 'InvalidVpnConnectionInstanceId.NotFound')
  for (const customerGatewayId of gateways) {
    const request = new Vpc.DeleteCustomerGatewayRequest({ regionId, customerGatewayId })
    await vpc.deleteCustomerGateway(request)
  }
  await cbn('DeleteTransitRouter', { TransitRouterId: routerId })
  await settle()
  await cbn('DeleteCen', { CenId: cenId })
}

run(main)
