/** States of a batch. */
export const batchStates = ['awaiting-approval', 'running', 'done', 'rejected', 'cancelled'] as const

/** One of `batchStates`. */
export type BatchState = (typeof batchStates)[number]

/** States of a document in a batch. */
export const itemStates = ['waiting', 'sealed', 'failed', 'cancelled'] as const
