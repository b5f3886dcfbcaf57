import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedDirectory, threeTimes } from './cached-directory.ts';

/** What tests in Java need: `name` with its version is the name in the cache, `dependencies` are `group:artifact:version`. */
export type JavaProgram = { readonly name: string; readonly dependencies: readonly string[] };

/** Directory with the jars of a program, fetched once by Maven from its configured repository (Maven Central). */
export const jarsOf = (program: JavaProgram, maven: string | undefined): Promise<string> =>
  cachedDirectory(program.name, async (work) => {
    if (maven === undefined) throw new Error(`${program.name} is not cached and there is no mvn to fetch it`);
    await writeFile(join(work, 'pom.xml'), pomOf(program));
    const jars = join(work, 'lib');
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await threeTimes(() => promisify(execFile)(maven, ['-q', '-B', ...goal], { cwd: work, timeout: 300_000 }));
    return jars;
  });

function pomOf({ name, dependencies }: JavaProgram): string {
  const each = dependencies.map((dependency) => {
    const [group = '', artifact = '', version = ''] = dependency.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>voorrang.test</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <dependencies>${each.join('')}</dependencies>
</project>
`;
}
