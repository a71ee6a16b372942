import { documentOf, SealingWorld } from '../../test/test-sealing-world.js'
import { prepareXades } from './prepare-xades.js'
import { raiseXades } from './raise-xades.js'
import { readXadesSignatures } from './read-xades.js'

describe('archive time stamps in XML', () => {
  it('say which material they prove to have existed: all that stands before them, and no more', async () => {
    const world = await SealingWorld.make()
    const document = documentOf('pismo.xml', '<pismo><tresc>Zażółć</tresc></pismo>', 'application/xml')
    const sealed = world.sealed(prepareXades, 'XAdES-enveloped', document)
    const archived = await raiseXades(sealed, 'B-LTA', world)
    const renewed = await raiseXades(archived, 'B-LTA', world)

    const [once] = readXadesSignatures(archived).signatures
    const [signature, archive] = once!.timestamps
    expect([signature!.kind, archive!.kind]).toEqual(['signature', 'archive'])
    expect(signature!.covers).toBeUndefined()
    expect(once!.material.ocspResponses.length + once!.material.crls.length).toBeGreaterThan(0)
    expect(archive!.covers).toMatchObject({ ocspResponses: once!.material.ocspResponses, crls: once!.material.crls })
    for (const certificate of once!.certificates)
      expect(archive!.covers!.certificates.some(covered => covered.equals(certificate))).toBe(true)

    // The first archive time stamp proves nothing about what was put in after it.
    const [twice] = readXadesSignatures(renewed).signatures
    const [, first, second] = twice!.timestamps
    expect(first!.covers).toEqual(archive!.covers)
    expect(second!.covers!.certificates.length).toBeGreaterThanOrEqual(first!.covers!.certificates.length)
    for (const ocsp of twice!.material.ocspResponses)
      expect(second!.covers!.ocspResponses.some(covered => covered.equals(ocsp))).toBe(true)
  })
})
