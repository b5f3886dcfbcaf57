/** Boundaries of the house, one named rule each. Tests are left out: they may look inside what they test. */
const contractsAndKernel = '^libs/(kernel|contracts)/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain code imports its own folder, the kernel and contracts: no adapters, no libraries, no I/O.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/' },
      to: { pathNot: ['^services/$1/src/domain/', contractsAndKernel, '^libs/protocol/'] },
    },
    {
      name: 'domain-sees-the-protocol-as-types',
      comment: 'Policy, registry and rota are data that the domain is given; how they are read is not its business.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/' },
      to: { path: '^libs/protocol/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'application-knows-no-adapter',
      comment:
        'Handlers see ports; only composition and main see everything. The port of a database is @voorrang/sql, which both engines implement: ' +
        'the one set of queries over it in adapters/sql may be called inside a transaction of the application.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/application/' },
      to: { path: '^services/$1/src/(adapters/(?!sql/)|composition|main|config)' },
    },
    {
      name: 'adapters-import-inward',
      comment: 'An adapter does not know how it is put together.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/adapters/' },
      to: { path: '^services/$1/src/(composition|main)' },
    },
    {
      name: 'a-service-imports-no-service',
      comment: 'Services talk through events.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'only-app-imports-services',
      comment: 'Libraries, benchmarks and scripts never import a service; the command line composes them.',
      severity: 'error',
      from: { pathNot: '^(app|services)/' },
      to: { path: '^services/' },
    },
    {
      name: 'nobody-imports-app',
      severity: 'error',
      from: { pathNot: '^app/' },
      to: { path: '^app/' },
    },
    {
      name: 'no-deep-imports',
      comment: 'Another package is reached by its name and its exports, never by a path into it.',
      severity: 'error',
      from: { path: '^(libs|services)/([^/]+)/' },
      to: { path: '^(libs|services)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'kernel-imports-nothing',
      severity: 'error',
      from: { path: '^libs/kernel/' },
      to: { pathNot: ['^libs/kernel/', '^(node:)?(crypto|process|perf_hooks)$'] },
    },
    {
      name: 'product-imports-no-test-support',
      comment: 'Test support starts servers and carries test frameworks.',
      severity: 'error',
      from: { path: '^(libs|services|app)/', pathNot: ['^libs/testing/', '/src/testing/', '^libs/bus/src/hostile/'] },
      to: { path: ['^libs/testing/', '/src/testing/'] },
    },
    {
      name: 'web-imports-types-only',
      comment: 'What runs in the browser shares types with the server, never code.',
      severity: 'error',
      from: { path: '^services/worklist/web/' },
      to: { path: '^libs/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript interface yet.
    parser: 'swc',
    exclude: { path: ['/node_modules/', '/dist/', '\\.test\\.tsx?$', '^[^/]+/[^/]+/test/', '^app/test/', '\\.css$'] },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
};
