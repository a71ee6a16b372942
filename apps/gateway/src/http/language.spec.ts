import { preferredLanguage } from './language.js'

describe('the language of answers', () => {
  it.each([
    [undefined, 'pl'],
    ['', 'pl'],
    ['*', 'pl'],
    ['de, fr', 'pl'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['pl,en;q=0.8', 'pl'],
    ['en;q=0.4, pl;q=0.5', 'pl'],
    ['de, en;q=0.3', 'en'],
    ['pl;q=0, *', 'en'],
    ['en;q=x', 'pl']
  ] as const)('for %j is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })
})
