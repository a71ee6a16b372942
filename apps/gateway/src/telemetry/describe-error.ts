/** Deepest chain of causes that is described. */
const DEEPEST = 5

/** What may be known of an error in a log. */
export interface ErrorDescription {
  type: string
  /** Left out where messages quote data: drivers of databases, parsers. */
  message?: string
  code?: string
  /** Of database errors. */
  constraint?: string
  table?: string
  routine?: string
  /** Places in the code, without the message. */
  stack: string[]
  cause?: ErrorDescription
}

/**
 * An error as a log may hold it. Errors are full of data: the driver quotes the value it could not read, the ORM keeps
 * the query's parameters, the JSON parser quotes the body. Only what is known to be harmless is taken.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, stack: [] }
  const { code, constraint, table, routine } = error as unknown as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    type: error.name,
    ...(quotesData(error) ? {} : { message: error.message }),
    code: text(code),
    constraint: text(constraint),
    table: text(table),
    routine: text(routine),
    stack: (error.stack ?? '')
      .split('\n')
      .filter(line => /^\s+at /.test(line))
      .map(line => line.trim()),
    ...(error.cause !== undefined && depth < DEEPEST ? { cause: describeError(error.cause, depth + 1) } : {})
  }
}

function quotesData(error: Error): boolean {
  return (
    error instanceof SyntaxError ||
    error instanceof URIError ||
    ['QueryFailedError', 'EntityNotFoundError', 'ValidationError', 'ZodError'].includes(error.name) ||
    // an error as PostgreSQL sent it
    ('severity' in error && 'routine' in error)
  )
}
