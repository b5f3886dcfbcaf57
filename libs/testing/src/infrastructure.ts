/** The part that also works outside of Jest: for scripts, benchmarks and the set-up of a run. */

export { type TestAuthority, type TestCertificate, testAuthority } from './certificates.ts';
export {
  type DistributedOptions,
  type DistributedProduct,
  type DistributedService,
  distributedServices,
  startDistributed,
} from './distributed.ts';
export { type FixtureFile, fixtureFiles } from './fixture-files.ts';
export { freePort } from './free-port.ts';
export {
  type AbsentInfrastructure,
  type Infrastructure,
  type InfrastructureKind,
  infrastructureRequired,
  type RunningInfrastructure,
} from './infra/infrastructure.ts';
export { kafkaVersion } from './infra/kafka-distribution.ts';
export { type JavaProgram, jarsOf } from './infra/maven-jars.ts';
export { type Orthanc, type OrthancOptions, orthancDicomWeb, orthancProgram, startOrthanc } from './infra/orthanc.ts';
export { findProgram } from './infra/programs.ts';
export { type PythonWith, pythonWith } from './infra/python-packages.ts';
export { hostSharedInfrastructure, sharedKafka, sharedPostgres, sharedRedis } from './infra/shared.ts';
export { describeInfrastructure, findSource, startKafka, startPostgres, startRedis } from './infra/start.ts';
export { hasTool, runTool, type ToolRun } from './run-tool.ts';
export { seededRandom } from './seeded.ts';
export { spawnVoorrang, type VoorrangProcess } from './spawn-voorrang.ts';
export { type TempDirectory, tempDirectory, tempDirectorySync } from './temp-directory.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
