import { writeFileSync } from 'node:fs'
import { documentFor, openJudgedWorld } from './judged-world.js'
it('look', async () => {
  const world = await openJudgedWorld()
  for (const format of ['XAdES-enveloped', 'XAdES-enveloping', 'XAdES-detached', 'ASiC-E-XAdES', 'ASiC-E-CAdES', 'ASiC-S-XAdES', 'ASiC-S-CAdES', 'PAdES'] as const)
    for (const level of ['B-T', 'B-LTA'] as const)
      writeFileSync(`/tmp/agree/${format}-${level}`, await world.seal(format, documentFor(format), { level }))
  await world.close()
}, 60000)
