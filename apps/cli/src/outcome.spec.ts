import { languageOf } from './language.js'
import { exitCode, worst } from './outcome.js'

describe('worst', () => {
  it('says what a script should look at first', () => {
    const { fine, failed, usage, away, indeterminate } = exitCode
    expect(worst([])).toBe(fine)
    expect(worst([fine, indeterminate, fine])).toBe(indeterminate)
    expect(worst([indeterminate, away])).toBe(away)
    expect(worst([away, failed, indeterminate])).toBe(failed)
    expect(worst([failed, usage])).toBe(usage)
  })
})

describe('languageOf', () => {
  it.each([
    [{ LANG: 'pl_PL.UTF-8' }, 'pl'],
    [{ LANG: 'pl' }, 'pl'],
    [{ LANG: 'en_GB.UTF-8' }, 'en'],
    [{ LANG: 'plt_MG' }, 'en'],
    [{}, 'en'],
    [{ LC_ALL: 'C', LANG: 'pl_PL.UTF-8' }, 'en'],
    [{ LC_ALL: '', LANG: 'pl_PL.UTF-8' }, 'pl'],
    [{ LC_MESSAGES: 'pl_PL', LANG: 'de_DE' }, 'pl']
  ] as const)('%j: %s', (env, language) => {
    expect(languageOf(env)).toBe(language)
  })
})
