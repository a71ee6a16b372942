import { createHash } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { threadTime } from '../../test/thread-time.js'
import type { FailedBecause, IndeterminateBecause } from '../validation/indication.js'
import type { SignatureReport, ValidationReport } from '../validation/report.js'
import { renderReport, reportStyleSha256 } from './render-report.js'
import { SampleReports, trustedList, withSignature } from './test/sample-reports.js'
import { advice } from './words/advice.js'

let samples: SampleReports
let passed: ValidationReport

beforeAll(async () => {
  samples = await SampleReports.make()
  passed = await samples.passed()
})

const languages = ['pl', 'en'] as const

/** What a person reads: no markup, spaces in one. */
const readable = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"' })[name] ?? "'")
    .replace(/\s+/g, ' ')

const polish = (report: ValidationReport) => readable(renderReport(report, 'pl'))
const english = (report: ValidationReport) => readable(renderReport(report, 'en'))

/** The pages are written so that they are XML as well: a strict parser finds every slip. */
function parsed(page: string) {
  const xml = page.replace('<!doctype html>', '').replace(/<meta ([^>]*)>/g, '<meta $1/>')
  const onError = (level: string, message: string) => {
    if (level !== 'warning') throw new Error(message)
  }
  return new DOMParser({ onError }).parseFromString(xml, 'text/xml')
}

const elements = (page: string) => Array.from(parsed(page).getElementsByTagName('*'))

describe('the page of a validation report', () => {
  it('says the result, who, when and how it is proven', () => {
    const text = polish(passed)
    expect(text).toContain('Wynik: pozytywny (TOTAL-PASSED)')
    expect(text).toContain('Gmina Żółwin')
    expect(text).toContain('VATPL-5260250274')
    expect(text).toContain('2026-06-01 14:00:01 CEST (2026-06-01 12:00:01 UTC)')
    expect(text).toContain('znacznik czasu signature 2026-06-01T12:00:01Z')
    expect(text).toContain('Nie jest ona kwalifikowaną usługą walidacji')
    expect(text).toContain('Poziom B-LTA: ze znacznikiem czasu')
    expect(text.match(/Certyfikaty te same, co przy znaczniku content 2026-06-01T11:59:50Z/g)).toHaveLength(2)
    expect(text).toContain('decyzja nr 17 & załącznik.xml')
    expect(text).toContain('Podpis obejmuje całość.')
    expect(text).toContain('odpowiedź OCSP, z pliku, stan na 2026-06-01 14:05:00 CEST')
    expect(english(passed)).toContain('Result: passed (TOTAL-PASSED)')
    expect(english(passed)).toContain('not a qualified validation service')
  })

  it('says of what is indeterminate what is missing and what to do, and confirms no names', async () => {
    const report = await samples.indeterminate()
    const [signature] = report.signatures
    const text = polish(report)
    expect(text).toContain(`Wynik: nieustalony (INDETERMINATE, ${signature!.subIndication})`)
    expect(text).toContain(`Czego brakuje lub co stoi na przeszkodzie ${signature!.reasons[0]!.pl}`)
    expect(text).toContain('Co zrobić')
    expect(text).toContain(advice[signature!.subIndication!][0])
    expect(text).toContain('nie zostały potwierdzone')
    expect(text).toContain('tylko sama walidacja')
    expect(text).toContain('nie rozstrzygnięto')
    expect(polish(passed)).not.toContain('nie zostały potwierdzone')
  })

  it('says of what failed why', async () => {
    const text = english(await samples.failed())
    expect(text).toContain('The signature does not confirm the content. It was to cover:')
    expect(text).not.toContain('covers everything')
    expect(text).toContain('Result: failed (TOTAL-FAILED, HASH_FAILURE)')
    expect(text).toContain('technical detail: the content is not what was signed')
    const revoked = polish(await samples.revoked())
    expect(revoked).toContain('UNIEWAŻNIONY (od 2026-05-20 10:00:00 CEST (2026-05-20 08:00:00 UTC), keyCompromise)')
  })

  it('has advice for every sub-indication', () => {
    for (const [name, texts] of Object.entries(advice)) {
      const sub = { indication: 'INDETERMINATE', subIndication: name as FailedBecause & IndeterminateBecause } as const
      languages.forEach((language, i) =>
        expect(readable(renderReport(withSignature(passed, sub), language))).toContain(texts[i])
      )
    }
  })

  it('is loud about changes and about what is not covered', async () => {
    const changed = polish(await samples.changedPdf())
    expect(changed).toContain('PO PODPISANIU DOKUMENT ZMIENIONO W SPOSÓB, NA KTÓRY PODPIS NIE POZWALA')
    expect(changed).toContain('NIE WSZYSTKO JEST OBJĘTE PODPISEM')
    const permitted = withSignature(passed, {
      laterChanges: [
        { revision: 2, kind: 'form-filling', objects: Array.from({ length: 50 }, (_, i) => i), permitted: true }
      ]
    })
    expect(english(permitted)).toContain('changed only in permitted ways')
    expect(english(permitted)).toContain('18, 19 and others, in all 50')
    expect(english(withSignature(passed, { scopes: [] }))).toContain('NOT KNOWN WHAT THE SIGNATURE COVERS')
    expect(polish(passed)).not.toContain('Zmiany po podpisaniu')
    expect(polish(withSignature(passed, { format: 'PAdES' }))).toContain('Po podpisaniu nic w pliku nie zmieniono.')
  })

  it('tells the qualification truthfully', () => {
    const service = { territory: 'PL', provider: 'Test Trust', name: 'Seals' }
    const told = (qualification: SignatureReport['qualification'], expired = false) =>
      english({ ...withSignature(passed, { qualification }), trustedLists: [trustedList(expired)] })
    expect(told({ result: 'qualified-seal', why: [], service })).toContain('qualified electronic seal')
    const advanced = told({ result: 'advanced-seal-with-qualified-certificate', why: ['no-qualified-device'], service })
    expect(advanced).toContain('this is not a qualified seal')
    expect(advanced).toContain('the key is not in a qualified signature or seal creation device')
    expect(told({ result: 'not-qualified', why: ['no-listed-service'] })).toContain('NOT qualified; at most advanced')
    const old = told({ result: 'indeterminate', why: ['list-expired'], service }, true)
    expect(old).toContain('no. 139 – OUT OF DATE')
    expect(old).toContain('days from its issue to this validation: 31')
    // What the certificate says of itself is told as just that.
    expect(english(passed)).toContain(
      'qualified certificate, key in a qualified device, for seals. These are words of the issuer'
    )
    expect(english(passed)).toContain('not decided')
  })

  it('never calls anything valid: the word stands only for the life of certificates, and where it is denied', async () => {
    for (const report of [passed, await samples.indeterminate(), await samples.failed()])
      expect(
        english(report).replace(
          /Valid ?from|Indeterminate does not mean that the signature is valid|whether the signature is valid or not/g,
          ''
        )
      ).not.toMatch(/\bvalid\b/i)
  })

  it('shows stand-alone time stamps, and says that they tell of nobody', async () => {
    const text = polish(await samples.timestampAlone())
    expect(text).toContain('Znacznik czasu pliku 1 z 1')
    expect(text).toContain('nie ma podpisu ani pieczęci')
    expect(polish({ ...passed, signatures: [] })).toContain('nie znaleziono żadnego podpisu')
  })

  it('writes times of winter and of odd years', () => {
    const at = (claimedSigningTime: string) => english(withSignature(passed, { claimedSigningTime }))
    expect(at('2026-01-31T23:30:00.250Z')).toContain('2026-02-01 00:30:00.250 CET (2026-01-31 23:30:00.250 UTC)')
    expect(at('0000-01-01T00:00:00.000Z')).toContain('0000-01-01T00:00:00.000Z')
    expect(at('9999-12-31T23:59:59.000Z')).toContain('9999-12-31T23:59:59.000Z')
    expect(at('+275760-09-13T00:00:00.000Z')).toContain('+275760-09-13')
    expect(at('no time')).toContain('no time')
  })
})

describe('the page among hostile names', () => {
  const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus='alert(1)</style>&lt;b&gt;\u0000\ud800\u202etxt.exe\u2066`
  const hostile = (): ValidationReport => {
    const [first] = passed.signatures
    const name = { commonName: attack, organization: attack }
    const certificate = {
      ...first!.chain[0]!,
      subject: name,
      issuer: name,
      organizationIdentifier: attack,
      serial: attack
    }
    const stamp = {
      ...first!.timestamps[0]!,
      id: attack,
      policy: attack,
      time: attack,
      chain: [certificate],
      serial: attack
    }
    const because = { code: attack as never, pl: attack, en: attack, facts: { [attack]: attack, __proto__x: attack } }
    const scope = { name: attack, kind: 'xml-node' as const, complete: false }
    return {
      validationTime: attack,
      policy: attack,
      notJudged: 0,
      signatures: [
        {
          ...first!,
          id: attack,
          algorithm: attack,
          hashes: [attack],
          signaturePolicy: attack,
          claimedSigningTime: attack,
          bestSignatureTime: { time: attack, proof: 'time-stamp', timestampId: attack },
          levelFaults: [attack],
          reasons: [because],
          warnings: [because],
          chain: [certificate],
          timestamps: [stamp],
          scopes: [scope],
          qualification: {
            result: 'indeterminate',
            why: [],
            service: { territory: attack, provider: attack, name: attack }
          }
        }
      ],
      timestamps: [{ ...stamp, scopes: [scope], laterChanges: [] }],
      trustedLists: [{ ...trustedList(true), territory: attack, issued: attack }]
    }
  }

  it('has only the elements and attributes that it is made of', () => {
    const names =
      'html head meta title style body header h1 p dl div dt dd main section h2 h3 h4 h5 nav ul li a strong bdi code span time table thead tbody tr th td footer'
    const attributes = 'lang charset name content class id aria-labelledby aria-label role tabindex href scope datetime'
    for (const language of languages) {
      const all = elements(renderReport(hostile(), language))
      expect(all.map(one => one.tagName).filter(name => !names.split(' ').includes(name))).toEqual([])
      const found = all.flatMap(one => Array.from(one.attributes).map(({ name }) => name))
      expect(found.filter(name => !attributes.split(' ').includes(name))).toEqual([])
      const links = all.flatMap(one => one.getAttribute('href') ?? [])
      expect(links.length).toBeGreaterThan(0)
      expect(links.filter(link => !/^#(signature|timestamp)-\d+$/.test(link))).toEqual([])
    }
  })

  it('shows what cannot be seen: direction marks and control characters', () => {
    const page = renderReport(hostile(), 'pl')
    expect(page).not.toMatch(/[\u0000\ud800\u202e\u2066]/u)
    expect(readable(page)).toContain('[U+0000]')
    expect(readable(page)).toContain('[U+202E]txt.exe')
    expect(readable(page)).toContain('<script>alert(1)</script>')
  })

  it('stays small and quick when the report is not', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => i)
    const huge = withSignature(passed, {
      id: 'x'.repeat(5_000_000),
      scopes: many(50_000).map(i => ({ name: `part ${i}`, kind: 'xml-node' as const, complete: i !== 49_999 })),
      laterChanges: many(2_000).map(i => ({
        revision: i,
        kind: 'other' as const,
        objects: many(5_000),
        permitted: false
      }))
    })
    const start = threadTime()
    const page = renderReport(huge, 'en')
    expect(threadTime() - start).toBeLessThan(2000)
    expect(page.length).toBeLessThan(300_000)
    // What is not covered comes first, so that it is never among what was left out.
    expect(readable(page)).toContain('part 49999')
    expect(readable(page)).toContain('Rows in all: 50000')
  })
})

describe('the form of the page', () => {
  const pages = async () =>
    languages.flatMap(language =>
      [passed, { ...passed, signatures: [] }].map(report => [language, renderReport(report, language)] as const)
    )

  it('does not blame the time stamps of a signature that is broken', async () => {
    const failed = polish(await samples.failed())
    expect(failed).toContain('Najwcześniejszy udowodniony czas – Dowód brak: dla podpisu, którego wynik jest negatywny')
    expect(failed).not.toContain('żaden przyjęty znacznik czasu')
    expect(polish(await samples.indeterminate())).toContain('żaden przyjęty znacznik czasu')
  })

  it('says at once that something was not judged, and how much', () => {
    expect(polish({ ...passed, notJudged: 12 })).toContain('Nie wolno uznać go za sprawdzony. Niesprawdzonych: 12')
    expect(polish(passed)).not.toContain('Niesprawdzonych')
  })

  it('has one style, by the digest that is exported, and nothing from elsewhere', async () => {
    for (const [, page] of await pages()) {
      const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, text]) => text!)
      expect(styles).toHaveLength(1)
      expect(createHash('sha256').update(styles[0]!).digest('base64')).toBe(reportStyleSha256)
      expect(page).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|url\(|@import|https?:\/\//)
    }
  })

  it('names its language, has headings in order and unique ids that labels find', async () => {
    for (const [language, page] of await pages()) {
      const all = elements(page)
      expect(parsed(page).documentElement!.getAttribute('lang')).toBe(language)
      const levels = all.flatMap(({ tagName }) => (/^h[1-6]$/.test(tagName) ? Number(tagName[1]) : []))
      expect(levels.filter(level => level === 1)).toHaveLength(1)
      levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1))
      const ids = all.flatMap(one => one.getAttribute('id') || [])
      expect(new Set(ids).size).toBe(ids.length)
      const named = all.flatMap(one => [one.getAttribute('aria-labelledby'), one.getAttribute('href')?.slice(1)])
      expect(named.filter(id => id && !ids.includes(id))).toEqual([])
    }
  })

  it('has colours that contrast by 4.5 to 1', async () => {
    const style = /<style>(.*?)<\/style>/s.exec(renderReport(passed, 'pl'))![1]!
    const luminance = (hex: string) => {
      const full = hex.length === 3 ? [...hex].map(digit => digit + digit).join('') : hex
      const [r, g, b] = [0, 2, 4].map(i => {
        const part = parseInt(full.slice(i, i + 2), 16) / 255
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
    }
    const found = (property: string) =>
      [...style.matchAll(new RegExp(`[{;]${property}:#([0-9a-f]{3,6})`, 'g'))].map(([, hex]) => luminance(hex!))
    const [inks, papers] = [found('color'), found('background')]
    expect(inks.length).toBeGreaterThan(3)
    expect(papers.length).toBeGreaterThan(3)
    for (const ink of inks) for (const paper of papers) expect((paper + 0.05) / (ink + 0.05)).toBeGreaterThan(4.5)
  })

  it('is always the same', async () => {
    const copy = JSON.parse(JSON.stringify(passed)) as ValidationReport
    for (const language of languages) expect(renderReport(copy, language)).toBe(renderReport(passed, language))
  })
})
