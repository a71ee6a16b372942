import type { Deferred, Refusal } from '../../provider.js'
import { purdeProblems, type PurdeProblem } from './purde.errors.js'
import type { UaError, UaResult } from './ua-api.client.js'

/** A final no of ours. */
export function refusal(problem: PurdeProblem, providerText?: string): Refusal {
  const { code, pl, en } = purdeProblems[problem]
  return { outcome: 'refused', code, pl, en, ...(providerText && { providerText }) }
}

/** "Not now", from a call that certainly did nothing. */
export function deferral(result: { problem: PurdeProblem; retryAfterMs?: number }): Deferred {
  return { outcome: 'deferred', code: purdeProblems[result.problem].code, retryAfterMs: result.retryAfterMs }
}

/**
 * A final no of the operator. He publishes no list of his error codes, so we go by the words of his answer, in both
 * languages, and keep the answer itself for people to read.
 */
export function operatorsRefusal(result: Extract<UaResult<unknown>, { kind: 'refused' }>): Refusal {
  const text = providerText(result.errors)
  if (result.status === 403) return refusal('not-permitted', text)
  if (result.status === 413) return refusal('attachment-refused', text)
  return refusal(problemIn(text), text)
}

/** The operator's wording, shortened, and without what could be a personal number. */
export function providerText(errors: readonly UaError[]): string {
  return errors
    .map(({ error, description }) => [error, description].filter(Boolean).join(': '))
    .join('; ')
    .replace(/\d{11,}/g, '***')
    .slice(0, 500)
}

function problemIn(text: string): PurdeProblem {
  if (
    /mailbox.?full|quota|insufficient.?(space|storage)|brak.{0,20}miejsca|przepe[łl]ni|skrzynk.{0,20}\bpe[łl]na/i.test(
      text
    )
  )
    return 'mailbox-full'
  if (/za[łl][ąa]cznik|attachment|\bplik|\bfile|extension|hash/i.test(text)) return 'attachment-refused'
  if (/recipient|addressee|adresat|odbiorc/i.test(text)) return 'recipient-refused'
  return 'request-refused'
}
