import { charactersOf, readTemplate, SealTexts } from './seal-texts.js'
import { refusal } from './test/refusal.js'

const facts = { signingTime: new Date('2026-07-01T12:00:05.900Z'), documentName: 'pismo.pdf', number: 'AB.1' }
const warsaw = new SealTexts({ zone: 'Europe/Warsaw', date: 'DD.MM.YYYY' })

function filled(text: string, given: Partial<typeof facts> = {}, texts = warsaw, values: Record<string, string> = {}) {
  return texts.fill(readTemplate(text, values, 'x'), texts.values({ ...facts, ...given }))
}

describe('the text of a visible seal', () => {
  it('has its placeholders filled in', () => {
    expect(
      filled('{organization}, {date} {time}: {number} {documentName}', {}, warsaw, { organization: 'Urząd' })
    ).toBe('Urząd, 01.07.2026 14:00:05 UTC+2: AB.1 pismo.pdf')
  })

  it('has braces where they are doubled, and values are not templates', () => {
    expect(filled('{{{a}}} {a}', {}, warsaw, { a: '{date}' })).toBe('{{date}} {date}')
  })

  it('tells the time of Warsaw through the year, second by second where it changes', () => {
    const at = (iso: string) => filled('{date} {time}', { signingTime: new Date(iso) })
    expect(at('2026-01-01T23:30:00Z')).toBe('02.01.2026 00:30:00 UTC+1')
    expect(at('2026-03-29T00:59:59Z')).toBe('29.03.2026 01:59:59 UTC+1')
    expect(at('2026-03-29T01:00:00Z')).toBe('29.03.2026 03:00:00 UTC+2')
    expect(at('2026-10-25T00:59:59Z')).toBe('25.10.2026 02:59:59 UTC+2')
    expect(at('2026-10-25T01:00:00Z')).toBe('25.10.2026 02:00:00 UTC+1')
  })

  it('tells UTC when asked', () => {
    const utc = new SealTexts({ zone: 'UTC', date: 'YYYY-MM-DD' })
    expect(filled('{date} {time}', {}, utc)).toBe('2026-07-01 12:00:05 UTC')
  })

  it('composes letters and has no control characters', () => {
    expect(filled('{documentName}', { documentName: 'Zo\u0301łc\u0301\r\n\t\u202egnp.exe\u0000' })).toBe(
      'Zółć gnp.exe '
    )
    expect(filled('{documentName}', { documentName: 'half \ud83d' })).toBe('half \ufffd')
  })

  it('cuts endless values', () => {
    expect(filled('{documentName}', { documentName: 'x'.repeat(1e6) })).toHaveLength(300)
  })

  it('has no number where none is given', () => {
    expect(filled('[{number}]', { number: undefined })).toBe('[]')
  })

  it.each(['{nobody}', '{', 'a } b', '{}', '{date', '{a{b}}', '{constructor}'])(
    'is refused when it says %s',
    async text => {
      expect(await refusal(() => readTemplate(text, {}, 'text.lines.3.text'))).toMatchObject({
        code: 'sealing/seal-design-invalid',
        path: 'text.lines.3.text'
      })
    }
  )

  it('knows all characters that it may come to show', () => {
    const characters = charactersOf(readTemplate('→ {date} {time}', {}, 'x'))
    for (const character of '→ 0123456789.:UTC+') expect(characters).toContain(character)
    expect(characters).not.toContain('ą')
    expect(charactersOf(readTemplate('{documentName}', {}, 'x'))).toContain('ą')
  })
})
