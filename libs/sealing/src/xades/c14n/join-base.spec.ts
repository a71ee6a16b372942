import { joinBase } from './join-base.js'

describe('xml:base joined by Canonical XML 1.1', () => {
  it.each([
    ['http://a/b/c/d;p?q', 'g', 'http://a/b/c/g'],
    ['http://a/b/c/d;p?q', 'g/', 'http://a/b/c/g/'],
    ['http://a/b/c/d;p?q', '/g', 'http://a/g'],
    ['http://a/b/c/d;p?q', '//g', 'http://g'],
    ['http://a/b/c/d;p?q', '?y', 'http://a/b/c/d;p?y'],
    ['http://a/b/c/d;p?q', 'g?y#s', 'http://a/b/c/g?y'],
    ['http://a/b/c/d;p?q', '', 'http://a/b/c/d;p?q'],
    ['http://a/b/c/d;p?q', '..', 'http://a/b/'],
    ['http://a/b/c/d;p?q', '../../../g', 'http://a/g'],
    ['http://a/b/c/d;p?q', 'mailto:x@y', 'mailto:x@y'],
    ['http://a', 'b', 'http://a/b'],
    // where neither is absolute
    ['abc/', '../', ''],
    ['../', '..', '../../'],
    ['../..', '..', '../../../'],
    ['../..', 'x', '../../x'],
    ['a/b..', 'x', 'a/x'],
    ['../', '../x', '../../x'],
    ['abc//def', 'x', 'abc/x'],
    ['abc', '.', ''],
    ['/a/b', 'c', '/a/c']
  ])('%s and %s', (base, reference, joined) => {
    expect(joinBase(base, reference)).toBe(joined)
  })
})
