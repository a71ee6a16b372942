import { Refused } from '#platform/plain'

/** Code and facts of the refusal that the action ends in; anything else it throws, or nothing, fails the test. */
export async function refusal(act: () => unknown): Promise<{ readonly code: string } & Record<string, unknown>> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { code: error.type.code, ...error.facts }
  }
  throw new Error('not refused')
}
