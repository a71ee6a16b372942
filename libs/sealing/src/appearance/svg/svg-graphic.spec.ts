import { inflateSync } from 'node:zlib'
import { Parts } from '../parts.js'
import { refusal } from '../test/refusal.js'
import { addSvg } from './svg-graphic.js'

function added(svg: string) {
  const parts = new Parts()
  const graphic = addSvg(Buffer.from(svg), parts)
  const { dictionary, stream } = parts.objects[graphic.part - 1]!.body([], () => '()')
  return { graphic, dictionary, content: inflateSync(stream!).toString('latin1').split('\n').slice(1).join('\n') }
}

const open = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">'

describe('an SVG in a visible seal', () => {
  it('has the size of its view box', () => {
    const { graphic, dictionary } = added(`${open}</svg>`)
    expect(graphic).toMatchObject({ width: 20, height: 10, own: [20, 10] })
    expect(dictionary).toContain('/BBox [0 0 20 10]')
  })

  it('has its width and height where it has no view box', () => {
    expect(added('<svg width="1in" height="10mm"/>').graphic.width).toBe(96)
  })

  const drawings: [string, string, string][] = [
    ['a rectangle', '<rect x="1" y="2" width="3" height="4"/>', '/C cs 0 0 0 sc\n1 2 3 4 re\nf'],
    ['colours of a group', '<g fill="#f00"><rect width="1" height="1"/></g>', '/C cs 1 0 0 sc\n0 0 1 1 re\nf'],
    ['colours in style', '<rect width="1" height="1" style="fill:blue;stroke:none"/>', '/C cs 0 0 1 sc\n0 0 1 1 re\nf'],
    ['holes', '<path fill-rule="evenodd" d="M0 0h1v1z"/>', '/C cs 0 0 0 sc\n0 0 m\n1 0 l\n1 1 l\nh\nf*'],
    [
      'a line',
      '<line x2="5" stroke="lime" stroke-width="2" stroke-linecap="round" stroke-dasharray="1,2"/>',
      '/C CS 0 1 0 SC\n2 w 1 J 0 j 4 M\n[1 2] 0 d\n0 0 m 5 0 l\nS'
    ],
    ['a polygon', '<polygon points="0,0 1,0 1,1"/>', '/C cs 0 0 0 sc\n0 0 m\n1 0 l\n1 1 l\nh\nf'],
    [
      'the current colour',
      '<g color="white"><rect width="1" height="1" fill="currentColor"/></g>',
      '/C cs 1 1 1 sc\n0 0 1 1 re\nf'
    ],
    [
      'transformations in their order',
      '<g transform="translate(5) scale(2,3)"><rect width="1" height="1"/></g>',
      'q\n1 0 0 1 5 0 cm 2 0 0 3 0 0 cm\n/C cs 0 0 0 sc\n0 0 1 1 re\nf\nQ'
    ],
    [
      'a turn about a point',
      '<rect transform="rotate(90 1 1)" width="1" height="1"/>',
      'q\n0.00000000 1 -1 0.00000000 2 -0.00000000 cm'
    ],
    [
      'nothing of what is hidden',
      '<g display="none"><rect width="1" height="1"/></g><rect visibility="hidden" width="1" height="1"/>',
      ''
    ],
    ['nothing of what has no area', '<rect width="0" height="1"/><circle r="0"/>', ''],
    [
      'nothing of titles, comments and foreign names',
      '<title>a</title><!-- <script/> --><i:x xmlns:i="i"><i:y/></i:x>',
      ''
    ]
  ]
  it.each(drawings)('draws %s', (_, inner, operators) => {
    const { content } = added(`<?xml version="1.0"?>\n<!-- made by hand -->${open}${inner}</svg>`)
    if (operators) expect(content.replaceAll('-0.0', '0.0')).toContain(operators.replaceAll('-0.0', '0.0'))
    else expect(content).toBe('')
  })

  const bad: [string, string][] = [
    ['a script', `${open}<script>alert(1)</script></svg>`],
    ['a script of an event', `${open}<rect onclick="x()" width="1" height="1"/></svg>`],
    ['a style sheet', `${open}<defs><style>rect{fill:red}</style></defs></svg>`],
    ['a class', `${open}<rect class="a" width="1" height="1"/></svg>`],
    ['a picture', `${open}<image href="file:///etc/passwd"/></svg>`],
    ['a link', `${open}<g xlink:href="http://example.com/"/></svg>`],
    ['a use', `${open}<use/></svg>`],
    ['a text', `${open}<text>a</text></svg>`],
    ['a gradient', `${open}<rect width="1" height="1" fill="url(#a)"/></svg>`],
    ['transparency', `${open}<rect width="1" height="1" fill-opacity=".5"/></svg>`],
    ['transparency in style', `${open}<rect width="1" height="1" style="opacity:0.5"/></svg>`],
    ['a size in style', `${open}<rect width="1" height="1" style="width:5px"/></svg>`],
    ['a transformation in style', `${open}<g style="transform: scale(2)"/></svg>`],
    ['an infinite transformation', `${open}<g transform="skewX(90)"/></svg>`],
    ['a clip path', `${open}<g clip-path="url(#a)"/></svg>`],
    ['a nested svg', `${open}<svg viewBox="0 0 1 1"/></svg>`],
    ['its own names in a prefix', `${open}<svg:rect width="1" height="1"/></svg>`],
    ['a document type', `<!DOCTYPE svg [<!ENTITY a "b">]>${open}</svg>`],
    ['an unknown entity', `${open}<rect width="&a;"/></svg>`],
    ['character data', `${open}<![CDATA[<script/>]]></svg>`],
    ['an end too few', open],
    ['an end too many', `${open}</svg></svg>`],
    ['two roots', `${open}</svg>${open}</svg>`],
    ['crossed elements', `${open}<g><g></svg></g>`],
    ['an attribute twice', `${open}<rect width="1" width="2"/></svg>`],
    ['an endless comment', `${open}<!-- `],
    ['no size', '<svg/>'],
    ['a view box without area', '<svg viewBox="0 0 0 5"/>'],
    ['a view box of three', '<svg viewBox="0 0 5"/>'],
    ['a length in per cent', `${open}<rect width="10%" height="1"/></svg>`],
    ['an endless number', `${open}<rect width="1e400" height="1"/></svg>`],
    ['a wrong transformation', `${open}<g transform="translate(1,2,3)"/></svg>`],
    ['a function that is none', `${open}<g transform="matrix3d(1)"/></svg>`],
    ['another root', '<html/>'],
    ['elements nested without end', `${open}${'<g>'.repeat(100_000)}`],
    ['elements without number', `${open}${'<g/>'.repeat(30_000)}</svg>`],
    ['a megabyte and more', `${open}${' '.repeat(1_000_001)}</svg>`],
    ['a path without end', `${open}<path d="M0 0h${'1 '.repeat(250_000)}"/></svg>`],
    ['shapes that unfold', `${open}${'<circle r="1.37"/>'.repeat(15_000)}</svg>`]
  ]
  it.each(bad)('is refused when it has %s', async (_, svg) => {
    const { code, path, why } = await refusal(() => addSvg(Buffer.from(svg), new Parts()))
    expect({ code, path }).toEqual({ code: 'sealing/seal-design-invalid', path: 'graphic.data' })
    expect(why).toMatch(/SVG|number|colour/)
  })
})
