import { siteSchema } from '@voorrang/contracts';
import { z } from 'zod';
import type { PacsPeer, Peers } from '../protocol.ts';
import type { Path } from '../read-yaml.ts';
import { durationSchema, idSchema } from './common.ts';
import { type EnvironmentLookup, timeOfDaySchema } from './on-call.ts';

export const peersFileName = 'peers.yaml';

const aeTitleSchema = z.string().regex(/^[!-[\]-~]{1,16}$/, 'expected an AE title of 1 to 16 characters');

/** Credentials stand in the header, never in the address: the text of this file is kept in the log of events. */
const urlSchema = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}, 'expected an http or https URL without user, query or fragment');

const environmentSchema = z
  .string()
  .regex(/^env:[A-Z][A-Z0-9_]*$/, 'expected env:NAME: a secret does not belong into this file');

const querySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('qido-rs'), url: urlSchema, authorization: environmentSchema.exactOptional() }),
  z.strictObject({
    kind: z.literal('c-find'),
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535),
    calledAe: aeTitleSchema,
    callingAe: aeTitleSchema,
    tls: z.boolean().default(false),
  }),
]);

export const peersFileSchema = z.strictObject({
  pacs: z.array(
    z.strictObject({
      name: idSchema,
      site: siteSchema,
      at: timeOfDaySchema.refine((minute) => minute < 1_440, 'midnight is written 00:00'),
      modalities: z.array(z.string().regex(/^[A-Z0-9]{2,16}$/, 'expected a modality such as CT')).min(1),
      query: querySchema,
    }),
  ),
  unmatched: z.array(
    z.strictObject({
      site: z.union([siteSchema, z.literal('*')]),
      orderWithoutImages: durationSchema,
      imagesWithoutOrder: durationSchema,
    }),
  ),
});

export const peersOf = (file: z.output<typeof peersFileSchema>, environment: EnvironmentLookup): Peers => ({
  pacs: file.pacs.map(({ at, query, ...peer }) => ({ ...peer, atMinute: at, query: queryOf(query, environment) })),
  unmatched: file.unmatched.map(({ site, orderWithoutImages, imagesWithoutOrder }) => ({
    site,
    orderWithoutImagesMs: orderWithoutImages,
    imagesWithoutOrderMs: imagesWithoutOrder,
  })),
});

/** A header whose name is empty in the configuration is left out: the PACS then says that it asks for one. */
function queryOf(query: z.output<typeof querySchema>, environment: EnvironmentLookup): PacsPeer['query'] {
  if (query.kind === 'c-find') return query;
  const { authorization, ...rest } = query;
  const value = authorization === undefined ? undefined : environment(authorization.slice('env:'.length));
  return value ? { ...rest, authorization: value } : rest;
}

type PeersProblem = { readonly file: string; readonly path: Path; readonly message: string };

/** Mistakes that show only between entries, or between this file and `sites.yaml`; on the raw data of both. */
export function peersProblems(file: unknown, sites: ReadonlySet<string> | undefined): readonly PeersProblem[] {
  const problems: PeersProblem[] = [];
  const entriesOf = (list: 'pacs' | 'unmatched') => {
    const raw = (file as Readonly<Record<string, unknown>> | null | undefined)?.[list];
    return Array.isArray(raw) ? raw.map((entry) => (entry ?? {}) as Readonly<Record<string, unknown>>) : [];
  };
  for (const [list, unique] of [
    ['pacs', 'name'],
    ['unmatched', 'site'],
  ] as const) {
    const seen = new Set<unknown>();
    for (const [index, entry] of entriesOf(list).entries()) {
      const tell = (key: string, message: string) =>
        problems.push({ file: peersFileName, path: [list, index, key], message });
      if (seen.has(entry[unique])) tell(unique, `'${String(entry[unique])}' is used twice`);
      seen.add(entry[unique]);
      const { site } = entry;
      if (typeof site === 'string' && site !== '*' && sites !== undefined && !sites.has(site))
        tell('site', `no site '${site}' in sites.yaml`);
    }
  }
  return problems;
}
