import { Writable } from 'node:stream'
import { Screen } from './screen.js'

class Paper extends Writable {
  text = ''

  constructor(readonly isTTY: boolean) {
    super()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}

function screen(isTTY: boolean) {
  const [stdout, stderr] = [new Paper(isTTY), new Paper(isTTY)]
  return { stdout, stderr, screen: new Screen({ stdout, stderr } as never) }
}

describe('Screen', () => {
  it('draws a bar on a terminal, and takes it away for a line and at the end', () => {
    const { screen: one, stdout, stderr } = screen(true)
    one.begin(2)
    expect(stderr.text).toBe(`\r[${'-'.repeat(30)}] 0/2`)
    one.step()
    one.complain('trouble')
    one.step()
    one.say('result')
    one.end()
    expect(stdout.text).toBe('result\n')
    expect(stderr.text).toContain('\r\x1b[Ktrouble\n')
    expect(stderr.text).toContain(`[${'#'.repeat(15)}${'-'.repeat(15)}] 1/2`)
    expect(stderr.text.endsWith('\r\x1b[K')).toBe(true)
  })

  it('draws nothing anywhere else', () => {
    const { screen: one, stderr } = screen(false)
    one.begin(2)
    one.step()
    one.end()
    expect(stderr.text).toBe('')
  })

  it('lets no name steer the terminal, and leaves what is for programs alone', () => {
    const { screen: one, stdout } = screen(true)
    one.say('a\x1b[31mb\u202ec\x9bd\ne ąę')
    one.put('{"a":"\u202e"}')
    expect(stdout.text).toBe('a?[31mb?c?d?e ąę\n{"a":"\u202e"}\n')
  })
})
