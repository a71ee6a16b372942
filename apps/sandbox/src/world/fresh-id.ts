import { randomUUID } from 'node:crypto'

/** A new identifier (random UUID) for things that the world makes. */
export const freshId = (): string => randomUUID()
