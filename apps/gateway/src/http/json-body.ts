import type { Readable } from 'node:stream'
import { Refused } from '#platform'
import { gatewayProblems } from './gateway.errors.js'

/** Largest JSON body, in bytes. The biggest honest one (a letter with 50 documents) has about 10 kB. */
export const JSON_BODY_LIMIT = 256 * 1024

/** Deepest nesting of a JSON body; a letter needs three. Mappers and validators work recursively. */
const DEEPEST = 16

/** Names through which a body could reach the prototypes of our objects. */
const POISON = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads and parses a JSON body (RFC 8259).
 * @throws Refused `gateway/body-too-large`, `gateway/json-malformed`, `gateway/request-malformed` (broken off)
 */
export async function readJson(payload: Readable, limit = JSON_BODY_LIMIT): Promise<unknown> {
  const bytes = await readAll(payload, limit)
  try {
    return harmless(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    // the parser's own message quotes the body
    throw new Refused(gatewayProblems['json-malformed'])
  }
}

async function readAll(payload: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // left undestroyed on return: destroying the request would take the connection and the answer with it
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) break
      chunks.push(chunk)
    }
  } catch {
    throw new Refused(gatewayProblems['request-malformed'])
  }
  if (size > limit) throw new Refused(gatewayProblems['body-too-large'], { limitBytes: limit })
  return Buffer.concat(chunks)
}

/** The value itself, unless it is nested absurdly or has names that poison prototypes. Walks without recursion. */
function harmless(root: unknown): unknown {
  let level = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new Error('nested too deeply')
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      for (const [name, member] of Object.entries(value)) {
        if (POISON.has(name)) throw new Error('forbidden name')
        next.push(member)
      }
    }
    level = next
  }
  return root
}
