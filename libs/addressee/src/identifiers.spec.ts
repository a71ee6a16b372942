import fc from 'fast-check'
import { Refused } from '#platform'
import { adeCheckDigits, isValidAde, parseAde, readAde } from './ade.js'
import { isValidKrs } from './krs.js'
import { isValidNip } from './nip.js'
import { isValidPesel } from './pesel.js'
import { isValidRegon } from './regon.js'

describe('ADE', () => {
  // Addresses that public offices print on their own pages: check digits we did not compute ourselves.
  it.each([
    'AE:PL-84192-40504-UIWTR-22',
    'AE:PL-66081-65851-BHGEH-20',
    'AE:PL-55754-97181-CHDVR-19',
    'AE:PL-20566-32159-EIVFC-16',
    'AE:PL-43563-82585-JHWCF-30',
    'AE:PL-98765-43210-SFVYC-19'
  ])('%s is right', ade => expect(parseAde(ade)).toBe(ade))

  it('reads what people type', () => {
    expect(parseAde(' ae:pl-84192-40504-uiwtr-22 ')).toBe('AE:PL-84192-40504-UIWTR-22')
    expect(parseAde('AE:PL–84192–40504–UIWTR–22')).toBe('AE:PL-84192-40504-UIWTR-22')
  })

  it.each([
    ['AE:PL-84192-40504-UIWTR-23', 'addressee/ade-check-digits'],
    ['AE:PL-12345-67890-ABCDE-10', 'addressee/ade-check-digits'],
    ['AE:PL-8419-40504-UIWTR-22', 'addressee/ade-malformed'],
    ['AE:PL-84192-40504-UIWTR-22x', 'addressee/ade-malformed'],
    ['', 'addressee/ade-malformed'],
    ['AE:DE-1234-5678-ABCD-EFGH', 'addressee/ade-foreign']
  ])('%s is refused as %s', (text, code) => {
    const reading = readAde(text)
    expect(reading.ok ? 'ok' : reading.problem.code).toBe(code)
    expect(isValidAde(text)).toBe(false)
    expect(() => parseAde(text)).toThrow(Refused)
  })

  it('finds every single wrong check digit', () => {
    const digits = (max: number) => fc.integer({ min: 0, max }).map(String)
    const letters = fc.string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(digits(99999), digits(99999), letters, fc.integer({ min: 1, max: 99 }), (a, b, word, off) => {
        const [first, second] = [a.padStart(5, '0'), b.padStart(5, '0')]
        const right = Number(adeCheckDigits(first, second, word))
        const wrong = String((right + off) % 100).padStart(2, '0')
        expect(isValidAde(`AE:PL-${first}-${second}-${word}-${String(right).padStart(2, '0')}`)).toBe(true)
        expect(isValidAde(`AE:PL-${first}-${second}-${word}-${wrong}`)).toBe(false)
      })
    )
  })
})

describe('registry numbers', () => {
  it.each([
    ['NIP', isValidNip, '5260250274', '5260250275'],
    ['NIP with a remainder of 10', isValidNip, '1234563218', '1234567890'],
    ['REGON 9', isValidRegon, '000288975', '000288976'],
    ['REGON 9', isValidRegon, '123456785', '123456784'],
    ['REGON 14', isValidRegon, '12345678512347', '12345678512348'],
    ['REGON 14 of a wrong mother unit', isValidRegon, '12345678512347', '12345678412347'],
    ['PESEL', isValidPesel, '44051401359', '44051401358'],
    ['PESEL of the 2000s', isValidPesel, '02070803628', '02070803629'],
    ['KRS', isValidKrs, '0000028860', '0000000000']
  ])('%s', (_, isValid, right, wrong) => {
    expect(isValid(right)).toBe(true)
    expect(isValid(wrong)).toBe(false)
    expect(isValid(`${right}0`)).toBe(false)
    expect(isValid('')).toBe(false)
  })

  it('refuses a PESEL with an impossible date though its check digit is right', () => {
    const [body, weights] = ['0102290135', [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]]
    const sum = weights.reduce((total, weight, n) => total + weight * Number(body[n]), 0)
    expect(isValidPesel(`${body}${(10 - (sum % 10)) % 10}`)).toBe(false)
    expect(isValidPesel('00000000000')).toBe(false)
  })
})
