import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { EvidenceView, LetterView, TimelineEntry } from '#dispatch'
import { ApiClient } from './api-client.js'
import { startSystem, type System } from './system.js'
import { words, type Language, type Words } from './demo-words.js'

/** How long the demo waits for the letter's end. */
const PATIENCE_MS = 120_000

const { values } = parseArgs({
  options: {
    file: { type: 'string', default: 'docs/samples/decyzja.pdf' },
    to: { type: 'string', default: 'ODBIE' },
    lang: { type: 'string' },
    out: { type: 'string', default: 'demo-output' }
  }
})

async function demo(): Promise<number> {
  const language: Language = (values.lang ?? process.env['LANG'] ?? 'en').startsWith('pl') ? 'pl' : 'en'
  const say = words[language]
  const pdf = await readFile(values.file)
  const dir = '.goniec/demo'
  await rm(dir, { recursive: true, force: true })
  console.log(`\n${say.title}\n`)
  const system = await startSystem({ dir, gatewayPort: 0, sandboxPort: 0, gatewayEnv: { GONIEC_LOG_LEVEL: 'warn' } })
  try {
    console.log(`  ${say.running(system.gateway.url, system.sandbox.url)}\n`)
    return await tell(system, pdf, language, say)
  } finally {
    await system.stop()
  }
}

async function tell(system: System, pdf: Buffer, language: Language, say: Words): Promise<number> {
  const api = new ApiClient(system.gateway.url, system.callers.find(caller => caller.roles.includes('sender'))!.key)
  const scenarios = (await (await fetch(`${system.sandbox.url}/control/scenarios`)).json()) as {
    code: string
    ade: string
    description: { pl: string; en: string }
  }[]
  const to = scenarios.find(scenario => scenario.code === values.to.toUpperCase())
  if (!to) {
    console.error(say.unknownScenario(values.to, scenarios.map(scenario => scenario.code).join(', ')))
    return 2
  }
  const name = basename(values.file)
  console.log(`  ${say.sending(name, pdf.length, to.ade, to.description[language])}\n`)
  const document = await api.upload(name, 'application/pdf', pdf)
  const { id } = await api.send(`demo-${document}`, {
    senderAde: 'AE:PL-10000-20001-GMINA-27',
    addressee: { ade: to.ade },
    subject: 'Decyzja w sprawie GK.6220.17.2026',
    text: 'W załączeniu przekazuję decyzję.',
    documents: [document],
    reference: 'GK.6220.17.2026'
  })

  const letter = await follow(api, id, language, to.code === 'NIEOD' || to.code === 'POZNY' ? movesTime : noHelp)
  await showWorld(system, id, say)
  await showEvidence(api, id, say)
  console.log(`\n  ${say.outcome(letter)}`)
  if (letter.held) console.log(`  ${say.held(letter.held.text[language], letter.held.providerText)}`)
  await showTimeline(api, id, language, say)
  for (const file of await save(api, letter)) console.log(`    ${file}`)
  console.log()
  return letter.progress === 'archived' || letter.progress === 'held' ? 0 : 1

  async function movesTime(): Promise<boolean> {
    console.log(`\n  ${say.timePasses}\n`)
    const by = to!.code === 'POZNY' ? 'P21D' : 'P17D'
    await fetch(`${system.sandbox.url}/control/clock/advance`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by })
    })
    return true
  }
}

async function noHelp(): Promise<boolean> {
  return false
}

/** Prints each step of the letter as it happens, until its end. */
async function follow(
  api: ApiClient,
  id: string,
  language: Language,
  whenWaiting: () => Promise<boolean>
): Promise<LetterView> {
  const until = Date.now() + PATIENCE_MS
  let seen = 0
  let helped = false
  for (;;) {
    const { body: letter } = await api.get<LetterView>(`/v1/letters/${id}`)
    const { body: timeline } = await api.get<{ items: TimelineEntry[] }>(`/v1/letters/${id}/timeline`)
    for (const entry of timeline.items.slice(seen)) {
      console.log(`  ${clock(entry.occurredAt)}  ${entry.text[language]}`)
      for (const reason of entry.reasons ?? []) console.log(`            ${reason[language] ?? reason.text}`)
    }
    seen = timeline.items.length
    if (['archived', 'held', 'cancelled'].includes(letter.progress) || Date.now() > until) return letter
    if (!helped && letter.legalStatus === 'awaiting-collection') helped = await whenWaiting()
    await new Promise(resolve => setTimeout(resolve, 150))
  }
}

interface LedgerEntry {
  action: string
  /** What the gateway put on its message to know it again. */
  marker?: { goniec?: string }
}

async function showWorld(system: System, id: string, say: Words): Promise<void> {
  const url = `${system.sandbox.url}/control/ledger?surface=purde`
  const { entries } = (await (await fetch(url)).json()) as { entries: LedgerEntry[] }
  const of = (action: string) => entries.filter(entry => entry.action === action && entry.marker?.goniec === id).length
  console.log(`\n  ${say.world(of('draft-created'), of('letter-taken'))}`)
}

async function showEvidence(api: ApiClient, id: string, say: Words): Promise<void> {
  const { body } = await api.get<{ items: EvidenceView[] }>(`/v1/letters/${id}/evidence`)
  if (body.items.length > 0) console.log(`\n  ${say.evidence}`)
  for (const item of body.items) {
    const seal = item.seal as {
      signedBy?: { subject?: string; organisation?: string }
      timestamp?: { genTime?: string }
    }
    const by = seal?.signedBy?.organisation ?? seal?.signedBy?.subject ?? '?'
    const verdict = item.subIndication ? `${item.indication} (${item.subIndication})` : item.indication
    console.log(`    ${item.kind.padEnd(6)} ${verdict.padEnd(8)} ${say.sealedBy(by, seal?.timestamp?.genTime ?? '–')}`)
  }
}

async function showTimeline(api: ApiClient, id: string, language: Language, say: Words): Promise<void> {
  const { body } = await api.get<{ items: TimelineEntry[] }>(`/v1/letters/${id}/timeline`)
  console.log(`\n  ${say.timeline(id)}`)
  for (const { seq, occurredAt, type, text } of body.items)
    console.log(`    ${String(seq).padStart(2)}  ${occurredAt}  ${type.padEnd(18)} ${text[language]}`)
  console.log(`\n  ${say.files}`)
}

/** Writes the sealed papers and every evidence, byte for byte, where a person can look at them. */
async function save(api: ApiClient, letter: LetterView): Promise<string[]> {
  const folder = resolve(values.out, letter.id)
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const { id, fileName } of letter.sealedDocuments) {
    files.push(join(folder, `sealed-${basename(fileName)}`))
    await writeFile(files.at(-1)!, await api.bytes(`/v1/letters/${letter.id}/documents/${id}`))
  }
  const { body } = await api.get<{ items: EvidenceView[] }>(`/v1/letters/${letter.id}/evidence`)
  for (const [index, item] of body.items.entries()) {
    files.push(join(folder, `evidence-${String(index + 1).padStart(2, '0')}-${item.kind}.xml`))
    await writeFile(files.at(-1)!, await api.bytes(`/v1/letters/${letter.id}/evidence/${item.id}`))
  }
  return files
}

function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString('pl-PL', { timeZone: 'Europe/Warsaw' })
}

demo().then(
  code => (process.exitCode = code),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
