import { localRows } from './sealing/local-rows.js'
import { keyNames, makeSubject } from './sealing/subjects.js'
import { figuresTable } from './sealing/table.js'
const subjects = Object.fromEntries(await Promise.all(keyNames.map(async name => [name, await makeSubject(name)]))) as any
console.log(figuresTable(await localRows(subjects, { rounds: Number(process.argv[2] ?? 5), sliceMs: 250, warmUpMs: 600 })))
