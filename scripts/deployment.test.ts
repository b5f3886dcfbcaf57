import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { settingsSchema } from '@voorrang/platform';
import { distributedServices, hasTool, kafkaVersion, runTool } from '@voorrang/testing';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

type ComposeService = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
};
type Compose = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('voorrang:'));

describe('docker-compose.yml', () => {
  test('runs each of the five services alone, and nothing else of ours', () => {
    expect(ours.map(([name, { command }]) => [name, command])).toEqual(
      distributedServices.map((service) => [service, ['start', service]]),
    );
  });

  test('gives only settings that exist, the three addresses and both secrets to every service', () => {
    const known = new Set(Object.keys(settingsSchema.shape));
    for (const [, { environment = {} }] of ours) {
      const names = Object.keys(environment).filter((name) => name.startsWith('VOORRANG_'));
      expect(names.filter((name) => !known.has(name))).toEqual([]);
      for (const address of ['KAFKA_BROKERS', 'REDIS_URL', 'DATABASE_URL'])
        expect(names).toContain(`VOORRANG_${address}`);
    }
  });

  test('holds no secret: each comes from the environment and its absence stops the start', () => {
    for (const [, { environment = {} }] of ours) {
      for (const name of ['VOORRANG_KEY_SECRET', 'VOORRANG_API_TOKEN'])
        expect(environment[name]).toMatch(/^\$\{\w+:\?.+\}$/);
      expect(environment.VOORRANG_DATABASE_URL).toMatch(/:\$\{POSTGRES_PASSWORD:\?[^}]+\}@/);
    }
    expect(compose.services.postgres?.environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  });

  test('publishes the ports of the contract on loopback only', () => {
    const ports = Object.values(compose.services).flatMap(({ ports: published = [] }) => published);
    expect([...ports].sort()).toEqual([
      '127.0.0.1:11112:11112',
      '127.0.0.1:12575:12575',
      '127.0.0.1:2575:2575',
      '127.0.0.1:2762:2762',
      '127.0.0.1:8080:8080',
    ]);
  });

  test('waits for servers that say they are well, mounts what exists and declares its volumes', () => {
    for (const [, { depends_on: needed = {}, volumes = [] }] of ours) {
      expect(Object.keys(needed).sort()).toEqual(['kafka', 'postgres', 'redis']);
      for (const { condition } of Object.values(needed)) expect(condition).toBe('service_healthy');
      expect(volumes.some((volume) => volume.endsWith(':/data'))).toBe(true);
    }
    for (const volume of Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(join(root, source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test('runs the broker that the tests run', () => {
    if (process.env.VOORRANG_TEST_KAFKA_VERSION === undefined) {
      expect(compose.services.kafka?.image).toBe(`apache/kafka:${kafkaVersion}`);
    }
  });
});

// The plugin is rarely there without an engine; where it is, it has the last word.
if (hasTool('docker') && (await runTool('docker', ['compose', 'version'])).code === 0) {
  test('docker compose takes docker-compose.yml', async () => {
    const names = ['VOORRANG_KEY_SECRET', 'VOORRANG_API_TOKEN', 'VOORRANG_PLAINTEXT_WAIVER', 'POSTGRES_PASSWORD'];
    const settings = names.map((name) => `${name}=x`);
    const file = join(root, 'docker-compose.yml');
    const run = await runTool('env', [...settings, 'docker', 'compose', '--file', file, 'config', '--quiet']);
    expect([run.code, run.stderr]).toEqual([0, '']);
  });
}

describe('the Dockerfile', () => {
  const lines = read('deploy/docker/Dockerfile').split('\n');
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  test('copies only paths that exist', () => {
    const sources = final.flatMap((line) => /^COPY --from=build \/app\/(\S+) /.exec(line)?.[1] ?? []);
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources)
      expect([source, source === 'node_modules' || existsSync(join(root, source))]).toEqual([source, true]);
  });

  test('copies every folder that the command line reaches', () => {
    const workspaces = JSON.parse(read('package.json')).workspaces as string[];
    const folders = new Set(globSync(workspaces, { cwd: root }).map((path) => path.split('/')[0]));
    folders.delete('bench');
    const copied = final.join('\n');
    for (const folder of folders) expect(copied).toContain(`COPY --from=build /app/${folder} ./${folder}`);
  });

  test('runs the command line on Node 24, as a user without rights, with a health check', () => {
    expect(final[0]).toMatch(/^FROM node:24/);
    expect(final).toContain('USER node');
    expect(final).toContain('ENTRYPOINT ["node", "app/src/main.ts"]');
    expect(existsSync(join(root, 'app/src/main.ts'))).toBe(true);
    expect(final.join('\n')).toMatch(/HEALTHCHECK [\s\S]*\/health\/ready/);
  });
});

test('the collector takes what the services send and asks each of them for its metrics', () => {
  const collector = parse(read('deploy/otel/collector.yaml'));
  expect(collector.receivers.otlp.protocols.http.endpoint).toBe('0.0.0.0:4318');
  const [scrape] = collector.receivers.prometheus.config.scrape_configs;
  expect(scrape.static_configs[0].targets).toEqual(distributedServices.map((service) => `${service}:8080`));
  for (const { receivers, processors, exporters } of Object.values<Record<string, string[]>>(
    collector.service.pipelines,
  )) {
    for (const name of receivers ?? []) expect(collector.receivers).toHaveProperty(name);
    for (const name of processors ?? []) expect(collector.processors).toHaveProperty(name);
    for (const name of exporters ?? []) expect(collector.exporters).toHaveProperty(name);
  }
});
