import { loadUaApiSchema, uaApiContractIsHere } from './ua-api-schema.js'

if (!uaApiContractIsHere) console.warn('skipped: the contract of the UA API is not here')
const describeWithContract = uaApiContractIsHere ? describe : describe.skip

describeWithContract('the check against the contract of the UA API', () => {
  const schema = uaApiContractIsHere ? loadUaApiSchema() : undefined
  const answer = (path: string, status: number, body: unknown, method = 'GET') =>
    schema?.validateAnswer(method, path, status, body)

  it('accepts what the contract describes, also where the contract contradicts itself', () => {
    expect(answer('/{eDeliveryAddress}/messages', 200, { messages: [] })).toEqual([])
    expect(answer('/{eDeliveryAddress}/messages', 200, { messages: [], resultSize: 0, total: 0 })).toEqual([])
    expect(answer('/{eDeliveryAddress}/drafts/send', 202, { messageTaskId: '1' }, 'POST')).toEqual([])
    const patch = [{ op: 'replace', path: 'email', value: 'a@example.org' }]
    expect(schema?.validateRequest('PATCH', '/{eDeliveryAddress}/settings', patch)).toEqual([])
  })

  it('finds wrong types, missing and unknown fields, statuses and paths', () => {
    expect(answer('/{eDeliveryAddress}/messages', 200, {})).not.toEqual([])
    expect(answer('/{eDeliveryAddress}/messages', 200, { messages: [], more: 1 })).not.toEqual([])
    expect(answer('/{eDeliveryAddress}/messages', 400, { error: 'not an array' })).not.toEqual([])
    expect(answer('/{eDeliveryAddress}/messages', 201, { messages: [] })).not.toEqual([])
    expect(answer('/{eDeliveryAddress}/letters', 200, {})).not.toEqual([])
    expect(schema?.validateRequest('POST', '/{eDeliveryAddress}/drafts/send', {})).not.toEqual([])
  })

  it('leaves answers alone that occur although nobody described them', () => {
    expect(answer('/{eDeliveryAddress}/messages', 503, 'Service Unavailable')).toEqual([])
  })
})
