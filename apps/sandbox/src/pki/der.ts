// A writer for the few DER types (X.690) that the sandbox composes by hand. Time stamps are made thousands of times a
// minute, and their bytes must be the very ones that were digested, so they are written rather than modelled.

/** Any DER element from its tag byte and its content. */
export function der(tag: number, ...content: Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag]), lengthOctets(length), ...content])
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.from([0x80 | octets.length, ...octets])
}

export const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content)
export const octetString = (bytes: Buffer): Buffer => der(0x04, bytes)
export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'))
export const ia5String = (text: string): Buffer => der(0x16, Buffer.from(text, 'ascii'))
export const printableString = (text: string): Buffer => der(0x13, Buffer.from(text, 'ascii'))
export const enumerated = (value: number): Buffer => der(0x0a, Buffer.from([value]))
export const derNull = (): Buffer => der(0x05)

/** A SET OF: DER wants its members in the order of their encodings. */
export const setOf = (...members: Buffer[]): Buffer => der(0x31, ...members.sort((one, other) => one.compare(other)))

/** A BIT STRING of whole octets. */
export const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes)

/** A constructed context tag, `[n]`. */
export const context = (n: number, ...content: Buffer[]): Buffer => der(0xa0 | n, ...content)

/** A non-negative INTEGER from a small number or from its big-endian bytes. */
export function integer(value: number | Buffer): Buffer {
  let bytes = typeof value === 'number' ? bytesOf(value) : value
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes = bytes.subarray(1)
  return (bytes[0] ?? 0) < 0x80 ? der(0x02, bytes) : der(0x02, Buffer.from([0]), bytes)
}

function bytesOf(value: number): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(arc: number): number[] {
  const octets = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift(0x80 | (rest % 128))
  return octets
}

/** A GeneralizedTime in UTC with milliseconds; DER forbids zeros at the end of the fraction. */
export function generalizedTime(at: Date): Buffer {
  const [seconds = '', fraction = ''] = at
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.')
  const significant = fraction.replace(/0+$/, '')
  return der(0x18, Buffer.from(`${seconds}${significant ? `.${significant}` : ''}Z`, 'ascii'))
}

/** A Time of a certificate or CRL (RFC 5280 4.1.2.5): UTCTime through 2049, then GeneralizedTime; whole seconds. */
export function time(at: Date): Buffer {
  const whole = new Date(Math.floor(at.getTime() / 1000) * 1000)
  if (whole.getUTCFullYear() > 2049) return generalizedTime(whole)
  const digits = whole.toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return der(0x17, Buffer.from(`${digits}Z`, 'ascii'))
}
