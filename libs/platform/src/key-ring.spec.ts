import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyRing } from './key-ring.js'

const aad = Buffer.from('party\ntenant\nid')
const secret = Buffer.from('ul. Śliczna 7')
const unreadable = expect.objectContaining({
  type: expect.objectContaining({ code: 'platform/sealed-data-unreadable' })
})
const ring = (current: string, ...ids: string[]) => new KeyRing(current, new Map(ids.map(id => [id, keyOf(id)])))
const keyOf = (id: string) => Buffer.alloc(32, id)

test('what is sealed can be opened, and reads differently each time it is sealed', () => {
  const keys = ring('a', 'a')
  const sealed = keys.seal(secret, aad)
  expect(keys.open(sealed, aad)).toEqual(secret)
  expect(keys.seal(secret, aad)).not.toEqual(sealed)
  expect(sealed.includes(secret)).toBe(false)
  expect(keys.open(keys.seal(Buffer.alloc(0), aad), aad)).toEqual(Buffer.alloc(0))
})

test('a change of any single bit, or any cut, makes it unreadable', () => {
  const keys = ring('key-1', 'key-1')
  const sealed = keys.seal(secret, aad)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => keys.open(changed, aad)).toThrow(unreadable)
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(() => keys.open(sealed.subarray(0, length), aad)).toThrow(unreadable)
  }
})

test('a box is bound to its place and to its purpose', () => {
  const keys = ring('a', 'a')
  const dek = randomBytes(32)
  expect(keys.unwrap(keys.wrap(dek, aad), aad)).toEqual(dek)
  expect(() => keys.open(keys.seal(secret, aad), Buffer.from('party\ntenant\nother'))).toThrow(unreadable)
  expect(() => keys.open(keys.wrap(dek, aad), aad)).toThrow(unreadable)
  expect(() => keys.unwrap(keys.seal(dek, aad), aad)).toThrow(unreadable)
})

test('after rotation old boxes stay readable while their key is kept, and no longer', () => {
  const before = ring('old', 'old')
  const after = ring('new', 'old', 'new')
  const sealed = before.seal(secret, aad)
  expect(after.open(sealed, aad)).toEqual(secret)
  expect(ring('new', 'new', 'old').open(after.seal(secret, aad), aad)).toEqual(secret)
  expect(() => before.open(after.seal(secret, aad), aad)).toThrow(unreadable)
  expect(() => ring('new', 'new').open(sealed, aad)).toThrow(unreadable)
})

describe('the key file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'goniec-keys-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  test('is made once, for this user alone, and read back', () => {
    const file = join(dir, 'new', 'kek.json')
    const made = KeyRing.generate(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(KeyRing.fromFile(file).open(made.seal(secret, aad), aad)).toEqual(secret)
    expect(() => KeyRing.generate(file)).toThrow(/EEXIST/)
  })

  test.each([
    ['{"current":"a","keys":{"a":"c2hvcnQ="}}', 'key "a" is not 32 bytes long'],
    [`{"current":"b","keys":{"a":"${keyOf('a').toString('base64')}"}}`, 'the current key "b" is not among the keys'],
    ['{"current":"a","keys":{"a":"%%%"}}', 'wrong at "keys.a"'],
    ['{"keys":{}}', 'wrong at "current"'],
    ['not json', 'cannot be read (not JSON)']
  ])('%s is refused: %s', (text, problem) => {
    const file = join(dir, 'wrong.json')
    writeFileSync(file, text)
    expect(() => KeyRing.fromFile(file)).toThrow(problem)
  })

  test('that is absent is named', () => {
    expect(() => KeyRing.fromFile(join(dir, 'nowhere.json'))).toThrow(/nowhere\.json cannot be read \(ENOENT\)/)
  })
})
