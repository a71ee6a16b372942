import { Outbox } from './outbox.js'

/** What was sent, as structured clones: that is what another thread would get. */
function recorded() {
  const sent: number[][] = []
  const returned: [unknown, string][] = []
  const recipient = {
    postMessage: (messages: readonly unknown[]) => void sent.push(structuredClone(messages) as number[])
  }
  const outbox = new Outbox<unknown>(recipient, (message, error) => void returned.push([message, error.name]))
  return { sent, returned, outbox }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('messages to another thread', () => {
  it('of one turn go together, in order, and later ones by themselves', async () => {
    const { sent, outbox } = recorded()
    for (const one of [1, 2, 3]) outbox.add(one)
    expect(sent).toEqual([])
    await turn()
    outbox.add(4)
    await turn()
    expect(sent).toEqual([[1, 2, 3], [4]])
  })

  it('do not wait long for others', () => {
    const { sent, outbox } = recorded()
    const began = performance.now()
    while (sent.length === 0 && performance.now() - began < 1000) outbox.add(1)
    expect(sent).toHaveLength(1)
  })

  it('come back where they cannot be sent, and do not stop the others', async () => {
    const { sent, returned, outbox } = recorded()
    const bad = { call: () => undefined }
    for (const one of [1, bad, 2]) outbox.add(one)
    await turn()
    expect(sent).toEqual([[1], [2]])
    expect(returned).toEqual([[bad, 'DataCloneError']])
  })
})
