import { encodeName, type PdfValue } from '../pdf-values.js'

/**
 * A value written again with all its strings enciphered. Needed for objects kept in an object stream, whose strings are
 * not enciphered one by one: once such an object stands by itself they must be.
 */
export function withStringsEncrypted(value: PdfValue, encrypt: (bytes: Buffer) => Buffer): Buffer {
  if (value.kind === 'string') return Buffer.from(`<${encrypt(value.bytes).toString('hex')}>`)
  if (value.kind === 'array') {
    const parts = value.items.flatMap(item => [withStringsEncrypted(item, encrypt), Buffer.from(' ')])
    return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')])
  }
  if (value.kind !== 'dict') return value.raw
  const signed = value.entries.has('ByteRange')
  const parts = [...value.entries].flatMap(([key, entry]) => [
    Buffer.from(`/${encodeName(key)} `),
    // The value of a signature stays in the clear (ISO 32000-1, 7.6.1).
    signed && key === 'Contents' ? entry.raw : withStringsEncrypted(entry, encrypt),
    Buffer.from('\n')
  ])
  return Buffer.concat([Buffer.from('<<\n'), ...parts, Buffer.from('>>')])
}
