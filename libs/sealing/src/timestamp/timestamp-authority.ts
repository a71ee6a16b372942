/** A time stamp that was checked when it was received. */
export interface Timestamp {
  /** TimeStampToken: a DER ContentInfo (RFC 3161, 2.4.2). */
  readonly token: Buffer
  readonly genTime: Date
  /** Serial number of the token, upper-case hexadecimal. */
  readonly serial: string
  /** Policy under which it was issued, dotted OID. */
  readonly policy: string
}

/** Someone who proves that bytes existed at a time. */
export interface TimestampAuthority {
  /** The greatest size of a token to be expected, in bytes: room to be kept free for it where room must be kept. */
  readonly expectedTokenBytes: number
  /**
   * Has something time-stamped whose SHA-256 is `imprint` (32 bytes), and checks the answer.
   * @throws Unavailable `sealing/timestamp-unavailable`: no answer, or "not now".
   * @throws Refused `sealing/timestamp-refused` or `sealing/timestamp-wrong`: a final no, or an answer that cannot be trusted.
   */
  stamp(imprint: Buffer): Promise<Timestamp>
}
