/** What asking for an access token came to. Causes are short technical words without secrets. */
export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string }
  /** The issuer said no: keys, names or clocks need a person. */
  | { readonly kind: 'refused'; readonly cause: string }
  /** The issuer did not answer, or said "later". */
  | { readonly kind: 'unavailable'; readonly cause: string; readonly retryAfterMs?: number }

/** Where access tokens come from. One owner (an electronic address, for instance) has one token at a time. */
export interface BearerTokens {
  /**
   * A token that is good for a while. `rejected` is a token the other side has just answered 401 to:
   * it is not given out again.
   */
  tokenFor(owner: string, rejected?: string): Promise<TokenAnswer>
}
