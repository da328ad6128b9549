// What the scripts share: an account's clients, the made-up gateway host, and refusals.
// VPC has a client of its own; CBN is called through the generic one.
'use strict'

const assert = require('node:assert')
const readline = require('node:readline')
const Vpc = require('@alicloud/vpc20160428')
const OpenApi = require('@alicloud/openapi-core')
const { RuntimeOptions } = require('@darabonba/typescript')

const { $OpenApiUtil } = OpenApi
const regionId = process.env.REGION
const psk = 'p~`!@#$%^&*()_-+={}[]\\|;:\',.<>/?"'

function connect (accessKeyId, accessKeySecret) {
  const config = new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    regionId,
    endpoint: process.env.ENDPOINT,
    protocol: 'http',
  })
  const generic = new OpenApi.default(config)

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

  return { vpc: new Vpc.default(config), cbn }
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
    assert.ok(error.message.length > 0)
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

async function createGateways (vpc) {
  const gateways = []
  for (const ipAddress of ['203.0.113.7', '203.0.113.8']) {
    const request = new Vpc.CreateCustomerGatewayRequest({ regionId, ipAddress, name: 'dc 1' })
    gateways.push((await vpc.createCustomerGateway(request)).body.customerGatewayId)
  }
  return gateways
}

async function createConnection (vpc, gateways) {
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

async function createRouter (cbn) {
  const cenId = (await cbn('CreateCen', { Name: 'frame' })).CenId
  const routerId = (await cbn('CreateTransitRouter', {
    CenId: cenId,
    RegionId: regionId,
    TransitRouterCidrList: JSON.stringify([{ Cidr: '10.250.0.0/24', PublishCidrRoute: true }]),
  })).TransitRouterId
  await settle()
  return [cenId, routerId]
}

async function describe (vpc, vpnConnectionId) {
  const request = new Vpc.DescribeVpnConnectionRequest({ regionId, vpnConnectionId })
  return (await vpc.describeVpnConnection(request)).body
}

function run (main) {
  main().then(() => {
    process.stdout.write('done\n')
    process.exit(0)
  }).catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  })
}

module.exports = {
  Vpc, connect, createConnection, createGateways, createRouter, describe,
  psk, refused, regionId, run, settle,
}
