/** What a remote key tells while it works, for logs, metering and alarms. Never a SAD, PIN, token or document. */
export type RemoteKeyEvent =
  /** A batch was signed and checked. `responseIds`: those of asynchronous calls. */
  | {
      readonly kind: 'signed'
      readonly credentialId: string
      readonly signatures: number
      readonly milliseconds: number
      readonly tries: number
      readonly responseIds: readonly string[]
    }
  /** Signatures that may have been made, and be counted by the provider, and that are not used. */
  | { readonly kind: 'unused'; readonly credentialId: string; readonly signatures: number; readonly why: string }
  /** Something a person must look at now; `code` as in the error that is thrown. */
  | { readonly kind: 'alarm'; readonly credentialId: string; readonly code: string }

/** Sees what happens; must not throw. */
export type ObserveRemoteKey = (event: RemoteKeyEvent) => void
