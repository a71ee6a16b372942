import { IsIn, IsInt, Max, Min } from 'class-validator'
import { Type } from 'class-transformer'
import { MayBeAbsent, queryOf } from './request-validation.js'

class Query {
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(9)
  limit?: number

  @MayBeAbsent()
  @IsIn(['a', 'b'])
  kind?: string
}

describe('a query', () => {
  const pipe = queryOf(Query)
  const ask = (query: object) => pipe.transform(query, { type: 'query' })

  it('that was found good is answered alike again, and nobody can change the answer', async () => {
    const first = await ask({ limit: '3', kind: 'a' })
    expect(first).toEqual({ limit: 3, kind: 'a' })
    expect(await ask({ limit: '3', kind: 'a' })).toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
    expect(await ask({ limit: '4', kind: 'a' })).toEqual({ limit: 4, kind: 'a' })
  })

  it('that is wrong is refused each time', async () => {
    for (const wrong of [
      { limit: '10' },
      { limit: '10' },
      { kind: ['a'] },
      { kind: ['a'] },
      { other: '1' },
      { other: '1' }
    ])
      await expect(ask(wrong)).rejects.toMatchObject({ type: { code: 'gateway/query-invalid' } })
  })

  it('is told from others by all of its text, however many there were', async () => {
    for (let round = 0; round < 2; round++)
      for (let i = 1; i <= 200; i++)
        expect(await ask({ limit: String((i % 9) + 1), kind: i % 2 ? 'a' : 'b' })).toEqual({
          limit: (i % 9) + 1,
          kind: i % 2 ? 'a' : 'b'
        })
    await expect(ask({ limit: ['3'] })).rejects.toBeDefined()
  })
})
