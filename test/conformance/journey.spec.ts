import { startProxy, type Exchange, type Proxy } from '../acceptance/proxy.js'
import { pdf, World, type Sandbox } from '../acceptance/world.js'
import { loadSeApiSchema, seApiContractIsHere } from './se-api-schema.js'
import { loadUaApiSchema, uaApiContractIsHere } from './ua-api-schema.js'

const here = uaApiContractIsHere && seApiContractIsHere
if (!here)
  console.warn('SKIPPED: the contracts of UA API and SE API are not here; the journey is not held against them')

;(here ? describe : describe.skip)('everything that is said on the way of letters', () => {
  let world: World
  let purde: Proxy
  let bae: Proxy

  beforeAll(async () => {
    const envFor = async (sandbox: Sandbox) => {
      purde = await startProxy(`${sandbox.url}/api/v3`)
      bae = await startProxy(`${sandbox.url}/api/se/v4`)
      return { GONIEC_PURDE_URL: purde.url, GONIEC_BAE_URL: bae.url }
    }
    world = await World.start({}, { envFor })
    const ends: [string | object, Buffer?][] = [
      ['AE:PL-30000-40001-URZAD-23'],
      ['AE:PL-30000-40001-URZAD-23', pdf('x'.repeat(16_000_000))],
      ['AE:PL-30000-40005-ZGUBA-31'],
      ['AE:PL-30000-40016-GUBIS-32'],
      ['AE:PL-30000-40006-WOLNY-36'],
      ['AE:PL-30000-40012-RELAY-25'],
      ['AE:PL-30000-40013-PELNA-30'],
      ['AE:PL-30000-40009-ZAMKN-27'],
      ['AE:PL-30000-40011-NIEMA-34'],
      [{ nip: '9990010188' }],
      [{ pesel: '91821110072' }],
      [{ krs: '0009910117' }],
      [{ givenName: 'Anna', familyName: 'Odbierająca', address: { countryCode: 'PL', city: 'Przykładowo' } }]
    ]
    const ids = []
    for (const [to, document] of ends) ids.push(await world.send(to, document, 'pismo.pdf', { reference: 'OŚ.1.2026' }))
    for (const id of ids) await world.until(id, l => ['archived', 'held'].includes(l.progress))
  }, 90_000)
  afterAll(async () => {
    await world.close()
    await purde.close()
    await bae.close()
  })

  const bodyOf = (type: string, bytes: Buffer): unknown => {
    if (bytes.length === 0) return undefined
    if (type.startsWith('multipart/')) return fieldsOf(type, bytes)
    return type.startsWith('application/json') ? (JSON.parse(bytes.toString()) as unknown) : bytes
  }

  it('keeps to the contract of the UA API', () => {
    const schema = loadUaApiSchema()
    const used = new Set<string>()
    for (const exchange of purde.exchanges) {
      const { method, status, query } = exchange
      const path = exchange.path.replace(/^\/api\/v3/, '')
      const template = schema.templateOf(method, path)
      expect([method, path, template !== undefined]).toEqual([method, path, true])
      used.add(`${method} ${template}`)
      const binary = !exchange.responseType.startsWith('application/json')
      const faults = [
        ...schema.validateQuery(method, template!, query),
        ...schema.validateRequest(method, template!, bodyOf(exchange.requestType, exchange.request)),
        ...schema.validateAnswer(
          method,
          template!,
          status,
          binary ? undefined : bodyOf(exchange.responseType, exchange.response)
        )
      ]
      expect([method, template, status, faults]).toEqual([method, template, status, []])
    }
    // the journey went through every room that outgoing letters need
    expect([...used].sort()).toEqual(
      expect.arrayContaining([
        'GET /{eDeliveryAddress}/drafts/{messageId}',
        'GET /{eDeliveryAddress}/evidences/{messageType}/{evidenceId}',
        'GET /{eDeliveryAddress}/messages',
        'GET /{eDeliveryAddress}/messages/evidences',
        'GET /{eDeliveryAddress}/messages/tasks/{messageTaskId}',
        'GET /{eDeliveryAddress}/messages/tasks/{messageTaskId}/status',
        'POST /{eDeliveryAddress}/drafts',
        'POST /{eDeliveryAddress}/drafts/send',
        'POST /{eDeliveryAddress}/{messageId}/attachments/upload'
      ])
    )
    expect(purde.exchanges.some(({ status }) => status === 400)).toBe(true)
  })

  it('keeps to the contract of the SE API', () => {
    const schema = loadSeApiSchema()
    const json = (exchange: Exchange, part: 'request' | 'response') => JSON.parse(exchange[part].toString()) as unknown
    expect(new Set(bae.exchanges.map(({ status }) => status))).toEqual(new Set([200, 404]))
    for (const exchange of bae.exchanges) {
      const { path, status } = exchange
      const faults = schema.faults(path, json(exchange, 'request'), status, json(exchange, 'response'))
      expect([path, json(exchange, 'request'), faults]).toEqual([path, json(exchange, 'request'), []])
    }
  })
})

/** Fields of a multipart body by name; a file is its text. */
function fieldsOf(type: string, bytes: Buffer): Record<string, unknown> {
  const boundary = /boundary="?([^";]+)/.exec(type)![1]!
  const fields: Record<string, unknown> = {}
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n')
    const name = /name="([^"]+)"/.exec(part.slice(0, end))![1]!
    fields[name] = Buffer.from(part.slice(end + 4, -2), 'latin1').toString()
  }
  return fields
}
