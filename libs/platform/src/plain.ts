// What needs neither Nest nor a database: for programs and worker threads that use a lib's plain half alone.
export * from './clock.js'
export * from './ids.js'
export * from './platform.errors.js'
export * from './problem.js'
export * from './http/index.js'
