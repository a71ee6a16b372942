/**
 * Writes a DER element again as careless makers do: constructed elements with indefinite lengths, OCTET STRINGs of the
 * content cut into pieces, lengths longer than needed. Knows only tags and lengths.
 */
export function asBer(der: Buffer, pieceBytes = 5): Buffer {
  return element(der, 0).ber

  function element(bytes: Buffer, at: number): { ber: Buffer; end: number } {
    const tag = bytes[at]!
    let contentAt = at + 2
    let length = bytes[at + 1]!
    if (length >= 0x80) {
      contentAt = at + 2 + (length & 0x7f)
      length = bytes.readUIntBE(at + 2, contentAt - at - 2)
    }
    const end = contentAt + length
    const content = bytes.subarray(contentAt, end)
    if (tag & 0x20) return { ber: Buffer.concat([Buffer.from([tag, 0x80]), ...all(content), Buffer.alloc(2)]), end }
    // Identifiers and numbers stay as they are; a longer length than needed is BER too.
    if (tag === 0x04 && length > pieceBytes) return { ber: cut(content), end }
    return { ber: Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]), end }
  }

  function all(content: Buffer): Buffer[] {
    const parts: Buffer[] = []
    for (let at = 0; at < content.length;) {
      const { ber, end } = element(content, at)
      parts.push(ber)
      at = end
    }
    return parts
  }

  function cut(content: Buffer): Buffer {
    const pieces: Buffer[] = []
    for (let at = 0; at < content.length; at += pieceBytes) {
      const piece = content.subarray(at, at + pieceBytes)
      pieces.push(Buffer.from([0x04, piece.length]), piece)
    }
    return Buffer.concat([Buffer.from([0x24, 0x80]), ...pieces, Buffer.alloc(2)])
  }
}
