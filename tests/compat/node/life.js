// Walks the life of a dual-tunnel connection with the vendor's clients for Node.
// VPC has a client of its own; CBN is called through the generic one.
'use strict'

const assert = require('node:assert')
const readline = require('node:readline')
const Vpc = require('@alicloud/vpc20160428')
const OpenApi = require('@alicloud/openapi-core')
const { RuntimeOptions } = require('@darabonba/typescript')

const { $OpenApiUtil } = OpenApi
const config = new $OpenApiUtil.Config({
  accessKeyId: process.env.KEY_ID,
  accessKeySecret: process.env.KEY_SECRET,
  regionId: process.env.REGION,
  endpoint: process.env.ENDPOINT,
  protocol: 'http',
})
const regionId = process.env.REGION
const vpc = new Vpc.default(config)
const generic = new OpenApi.default(config)
const psk = 'p~`!@#$%^&*()_-+={}[]\\|;:\',.<>/?"'

async function cbn (action, query) {
  const params = new $OpenApiUtil.Params({
    action,
    version: '2017-09-12',
    protocol: 'HTTP',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    pathname: '/',
    reqBodyType: 'formData',
    bodyType: 'json',
  })
  const request = new $OpenApiUtil.OpenApiRequest({ query })
  const answer = await generic.callApi(params, request, new RuntimeOptions({}))
  return answer.body
}

// The gateway host is made up by the test: it works whenever it is asked to.
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
async function settle () {
  process.stdout.write('settle\n')
  await lines.next()
}

async function refused (promise, code) {
  await assert.rejects(promise, (error) => {
    assert.strictEqual(error.code, code)
    assert.ok(error.message.includes(code) || error.message.length > 0)
    return true
  })
}

function tunnel (tunnelIndex, customerGatewayId) {
  return new Vpc.CreateVpnAttachmentRequestTunnelOptionsSpecification({
    tunnelIndex,
    customerGatewayId,
    enableDpd: true,
    enableNatTraversal: true,
    tunnelIkeConfig: new Vpc.CreateVpnAttachmentRequestTunnelOptionsSpecificationTunnelIkeConfig({
      psk, ikeVersion: 'ikev2', ikeEncAlg: 'aes256',
    }),
  })
}

async function create (gateways) {
  const answer = await vpc.createVpnAttachment(new Vpc.CreateVpnAttachmentRequest({
    regionId,
    name: 'büro & mehr',
    localSubnet: '0.0.0.0/0',
    remoteSubnet: '0.0.0.0/0',
    effectImmediately: true,
    clientToken: 'tok-1',
    tags: [new Vpc.CreateVpnAttachmentRequestTags({ key: 'env', value: 'test' })],
    tunnelOptionsSpecification: gateways.map((id, index) => tunnel(index + 1, id)),
  }))
  return answer.body.vpnConnectionId
}

async function describe (vpnConnectionId) {
  const request = new Vpc.DescribeVpnConnectionRequest({ regionId, vpnConnectionId })
  return (await vpc.describeVpnConnection(request)).body
}

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
  const cenId = (await cbn('CreateCen', { Name: 'frame' })).CenId
  const routerId = (await cbn('CreateTransitRouter', {
    CenId: cenId,
    RegionId: regionId,
    TransitRouterCidrList: JSON.stringify([{ Cidr: '10.250.0.0/24', PublishCidrRoute: true }]),
  })).TransitRouterId
  await settle()
  const gateways = []
  for (const ipAddress of ['203.0.113.7', '203.0.113.8']) {
    const request = new Vpc.CreateCustomerGatewayRequest({ regionId, ipAddress, name: 'dc 1' })
    gateways.push((await vpc.createCustomerGateway(request)).body.customerGatewayId)
  }
  const connectionId = await create(gateways)
  assert.strictEqual(await create(gateways), connectionId)
  const attachmentId = (await cbn('CreateTransitRouterVpnAttachment', {
    RegionId: regionId, TransitRouterId: routerId, VpnId: connectionId,
  })).TransitRouterAttachmentId
  assert.strictEqual((await describe(connectionId)).state, 'attaching')
  await settle()
  const shown = await describe(connectionId)
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
  await refused(describe(connectionId), 'InvalidVpnConnectionInstanceId.NotFound')
  for (const customerGatewayId of gateways) {
    const request = new Vpc.DeleteCustomerGatewayRequest({ regionId, customerGatewayId })
    await vpc.deleteCustomerGateway(request)
  }
  await cbn('DeleteTransitRouter', { TransitRouterId: routerId })
  await settle()
  await cbn('DeleteCen', { CenId: cenId })
  process.stdout.write('done\n')
  process.exit(0)
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
})
