/**
 * RC2 in CBC mode, decryption only (RFC 2268). Node's OpenSSL leaves it out, yet the certificates (not the key) in PKCS#12
 * files from Windows and from older exporters are encrypted with it. It hides nothing that matters: they are public.
 */

// RFC 2268, 2: a permutation of 0..255 taken from the digits of pi.
const piTable = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
    'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
    '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
    'c5f3db47e5a59c770aa62068fe7fc1ad',
  'hex'
)

/** Key expansion (RFC 2268, 2) with an effective length of all the key's bits: 64 words of 16 bits. */
function expand(key: Buffer): Uint16Array {
  const bytes = Buffer.alloc(128)
  key.copy(bytes)
  for (let i = key.length; i < 128; i++) bytes[i] = piTable[(bytes[i - 1]! + bytes[i - key.length]!) & 0xff]!
  bytes[128 - key.length] = piTable[bytes[128 - key.length]!]!
  for (let i = 127 - key.length; i >= 0; i--) bytes[i] = piTable[bytes[i + 1]! ^ bytes[i + key.length]!]!
  return Uint16Array.from({ length: 64 }, (_, i) => bytes.readUInt16LE(2 * i))
}

const rotations = [1, 2, 3, 5] as const

/** One block of eight bytes (RFC 2268, 4): mixing and mashing undone, 5 + 6 + 5 rounds. */
function decryptBlock(words: Uint16Array, block: Buffer): void {
  const r = [0, 2, 4, 6].map(at => block.readUInt16LE(at))
  let next = 63
  const unmix = (): void => {
    for (let i = 3; i >= 0; i--) {
      const by = rotations[i]!
      r[i] = ((r[i]! >> by) | (r[i]! << (16 - by))) & 0xffff
      const [a, b, c] = [r[(i + 3) & 3]!, r[(i + 2) & 3]!, r[(i + 1) & 3]!]
      r[i] = (r[i]! - words[next--]! - (a & b) - (~a & c)) & 0xffff
    }
  }
  const unmash = (): void => {
    for (let i = 3; i >= 0; i--) r[i] = (r[i]! - words[r[(i + 3) & 3]! & 63]!) & 0xffff
  }
  for (let round = 0; round < 16; round++) {
    if (round === 5 || round === 11) unmash()
    unmix()
  }
  r.forEach((word, i) => block.writeUInt16LE(word, 2 * i))
}

/** Decrypts and takes the padding of RFC 8018, 6.1.1 off. Throws Error when the length or the padding is wrong. */
export function rc2CbcDecrypt(key: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  if (encrypted.length === 0 || encrypted.length % 8 !== 0) throw new Error('not whole blocks')
  const words = expand(key)
  const out = Buffer.from(encrypted)
  for (let at = 0; at < out.length; at += 8) {
    const block = out.subarray(at, at + 8)
    decryptBlock(words, block)
    const previous = at === 0 ? iv : encrypted.subarray(at - 8, at)
    for (let i = 0; i < 8; i++) block[i] = block[i]! ^ previous[i]!
  }
  const padding = out.at(-1)!
  if (padding < 1 || padding > 8 || !out.subarray(-padding).every(byte => byte === padding)) throw new Error('padding')
  return out.subarray(0, -padding)
}
