import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The broker that tests, the compose file and the documentation name; ADR 0010 says why. */
export const kafkaVersion = process.env.VOORRANG_TEST_KAFKA_VERSION ?? '4.3.1';

const cacheRoot = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'voorrang');
const libraryDirectory = (version: string): string => join(cacheRoot(), `kafka-${version}`);

export const kafkaIsCached = (version = kafkaVersion): boolean => existsSync(libraryDirectory(version));

/** A project of one dependency: Maven resolves what the broker needs at run time, and a binding so that its warnings are seen. */
const pomOf = (version: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>voorrang.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/**
 * Directory with the jars of Apache Kafka, fetched once by Maven from its configured repository (Maven Central) and kept outside the checkout.
 * Two processes that fetch at the same time both succeed: the directory appears whole by one rename.
 */
export async function kafkaJars(maven: string | undefined, version = kafkaVersion): Promise<string> {
  const target = libraryDirectory(version);
  if (existsSync(target)) return target;
  if (maven === undefined) throw new Error('Apache Kafka is not cached and there is no mvn to fetch it');
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), 'fetching-'));
  try {
    await writeFile(join(work, 'pom.xml'), pomOf(version));
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(work, 'lib')}`];
    await fetchJars(maven, goal, work);
    await rename(join(work, 'lib'), target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** A repository far away may fail once; Maven keeps what it already has. */
async function fetchJars(maven: string, goal: readonly string[], cwd: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await promisify(execFile)(maven, ['-q', '-B', ...goal], { cwd, timeout: 300_000 });
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
