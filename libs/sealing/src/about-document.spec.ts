import { Refused } from '#platform/plain'
import { isAboutDocument } from './about-document.js'
import { sealingProblems } from './sealing.errors.js'

describe('what could not be sealed', () => {
  it.each([
    ['pdf-broken', true],
    ['xml-doctype', true],
    ['too-much-work', true],
    ['seal-does-not-hold', true],
    ['revocation-not-configured', true],
    ['timestamp-not-configured', true],
    ['certificate-revoked', false],
    ['certificate-untrusted', false],
    ['certificate-not-valid', false],
    ['key-pin-refused', false],
    ['key-answer-wrong', false],
    ['key-unknown', false],
    ['timestamp-refused', false]
  ] as const)('is the fault of the document, or not: %s', (name, expected) => {
    expect(isAboutDocument(new Refused(sealingProblems[name]))).toBe(expected)
  })
})
