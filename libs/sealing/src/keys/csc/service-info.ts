import { z } from 'zod'
import { Refused } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'

/** Versions of the API that are spoken. */
export type CscVersion = 'v1' | 'v2'

/** What a service says of itself (`info`; v1.0.4, 11.1). */
export interface ServiceInfo {
  /** Version of the specification, for example `1.0.4.0`. */
  readonly specs: string
  readonly authTypes: readonly string[]
  readonly methods: readonly string[]
  /** Base of the OAuth 2.0 endpoints. */
  readonly oauth2?: string
}

const words = z.array(z.string().max(200)).max(200)

const infoAnswer = z.looseObject({
  specs: z.string().max(40).catch(''),
  authType: words.catch([]),
  methods: words,
  oauth2: z.string().max(2000).optional().catch(undefined)
})

/** @throws Refused `sealing/key-unsuitable` when it is no such answer or speaks another version. */
export function readServiceInfo(body: unknown, api: CscVersion): ServiceInfo {
  const read = infoAnswer.safeParse(body)
  if (!read.success) throw new Refused(sealingProblems['key-unsuitable'], { why: 'info' })
  const { specs, authType, methods, oauth2 } = read.data
  // Some services give their version as "1.0.4", others as "v2.0.0.2"; where none is given nothing can be compared.
  const major = /^\s*v?(\d+)/i.exec(specs)?.[1]
  if (major !== undefined && `v${major}` !== api)
    throw new Refused(sealingProblems['key-unsuitable'], { why: 'version' })
  return { specs, authTypes: authType, methods, oauth2 }
}

/** @throws Refused `sealing/key-unsuitable` when the service does not advertise a method that is needed. */
export function needMethods(info: ServiceInfo, ...methods: readonly string[]): void {
  const missing = methods.filter(method => !info.methods.includes(method))
  if (missing.length > 0) throw new Refused(sealingProblems['key-unsuitable'], { why: 'methods not offered', missing })
}
