/**
 * Injection token of the `BearerTokens` that the operator of the public service issues: one log-in serves the mailbox
 * interface and the address register alike. Undefined where no operator is configured.
 */
export const OPERATOR_TOKENS = Symbol('OPERATOR_TOKENS')
