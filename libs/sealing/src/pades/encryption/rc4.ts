/**
 * RC4, which old encrypted PDFs use (ISO 32000-1, 7.6.2). Written out because OpenSSL 3 no longer offers it unless a
 * legacy provider is loaded. It protects nothing today; it is here to read and keep what others encrypted.
 */
export function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = new Uint8Array(256)
  for (let i = 0; i < 256; i++) state[i] = i
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 0xff
    const swapped = state[i]!
    state[i] = state[j]!
    state[j] = swapped
  }
  const out = Buffer.allocUnsafe(data.length)
  for (let n = 0, i = 0, j = 0; n < data.length; n++) {
    i = (i + 1) & 0xff
    const first = state[i]!
    j = (j + first) & 0xff
    const second = state[j]!
    state[i] = second
    state[j] = first
    out[n] = data[n]! ^ state[(first + second) & 0xff]!
  }
  return out
}
