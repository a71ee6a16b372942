// Who may import whom. Arrows go right only:
// apps -> dispatch, seals, access -> sealing | addressee | routing | evidence | archive -> letter -> platform
const STEPS = 'sealing|addressee|routing|evidence|archive'
const inLib = name => `^libs/(${name})/`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'A circle is one room pretending to be two.',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'only-the-front-door',
      comment:
        'A lib is imported by its index, or by plain, its half without Nest and database; what is behind may change.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/[^/]+/src/(?!(index|plain)\\.ts)', pathNot: '^libs/$2/' }
    },
    {
      name: 'platform-knows-no-letters',
      comment: 'Platform is what any program would need; a letter in it would tie everything to everything.',
      severity: 'error',
      from: { path: inLib('platform') },
      to: { path: '^(libs/(?!platform/)|apps/|migrations/)' }
    },
    {
      name: 'letter-stands-on-platform',
      comment: 'The heart must not depend on how letters are sealed, routed or stored.',
      severity: 'error',
      from: { path: inLib('letter') },
      to: { path: '^(libs/(?!letter/|platform/)|apps/|migrations/)' }
    },
    {
      name: 'steps-are-strangers',
      comment: 'Steps meet in dispatch, or through ports of letter; never directly.',
      severity: 'error',
      from: { path: `^libs/(${STEPS})/` },
      to: { path: '^(libs/|apps/|migrations/)', pathNot: '^libs/($1|letter|platform)/' }
    },
    {
      name: 'dispatch-and-seals-are-strangers',
      comment: 'Letters are sealed by a step; seals on request know no letters.',
      severity: 'error',
      from: { path: inLib('dispatch|seals') },
      to: { path: '^libs/(dispatch|seals)/', pathNot: '^libs/$1/' }
    },
    {
      name: 'access-knows-no-steps',
      comment: 'Who may do something is decided without knowing how it is done.',
      severity: 'error',
      from: { path: inLib('access') },
      to: { path: '^(libs/(?!access/|platform/)|apps/|migrations/)' }
    },
    {
      name: 'dispatch-knows-no-apps',
      comment: 'The same use cases serve HTTP, the worker and tests.',
      severity: 'error',
      from: { path: inLib('dispatch|seals') },
      to: { path: '^(apps|migrations)/' }
    },
    {
      name: 'providers-stay-in-their-folder',
      comment: 'A provider sees the port and the platform; nobody sees a provider but the list of providers.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/routing/(src/providers/|src/index\\.ts|test/)|\\.spec\\.ts$' },
      to: { path: '^libs/routing/src/providers/(?!index\\.ts)' }
    },
    {
      name: 'plain-stays-plain',
      comment: 'The plain half of a lib serves command line and worker threads: no Nest, no ORM, no database.',
      severity: 'error',
      from: { path: '^libs/(platform|sealing)/src/plain\\.ts$' },
      to: { path: 'node_modules/(@nestjs|typeorm|pg|pg-boss)/', reachable: true }
    },
    {
      name: 'sandbox-shares-nothing',
      comment:
        'What imitates the outside world may not share code with what it checks: a bug must not agree with itself.',
      severity: 'error',
      from: { path: '^apps/sandbox/' },
      to: { path: '^(libs|migrations|apps/(?!sandbox/))' }
    },
    {
      name: 'nobody-needs-the-sandbox',
      comment: 'The gateway must run without its sandbox; only the launcher and tests start it.',
      severity: 'error',
      from: { path: '^(libs|migrations|apps/gateway)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^apps/(sandbox|launcher)/' }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'default']
    }
  }
}
