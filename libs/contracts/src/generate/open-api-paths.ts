import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { alertSchema, awaitedAnswersSchema } from '../alert.ts';
import { opaqueSchema, siteSchema } from '../envelope.ts';
import { alertStates } from '../events/alerts.ts';
import { detectorStates } from '../events/governance.ts';
import { patientUnmergedSchema } from '../events/patients.ts';
import { operationSchema, senderStatusSchema } from '../operations.ts';
import { problemSchema } from '../problem.ts';
import {
  quarantineEntrySchema,
  quarantineItemSchema,
  quarantineStateSchema,
  replayOutcomeSchema,
} from '../quarantine.ts';
import { listNames, rowSchema, studyDetailSchema } from '../row.ts';
import { findingCodeSchema, runSchema, urgencyClassSchema } from '../shapes.ts';
import { dicomWebPaths } from './open-api-dicomweb.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const answer = (description: string, schema: z.ZodType) => ({ description, content: json(schema) });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});
const problems = {
  400: problem('malformed, with the path of each problem'),
  401: problem('sign-in or a bearer token is required'),
  403: problem('the role does not allow this'),
} as const;
const unknown = { 404: problem('unknown') } as const;

type Response = ReturnType<typeof answer> | ReturnType<typeof problem> | { readonly description: string };
type Given = {
  readonly summary: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly responses: Readonly<Record<number, Response>>;
  readonly open?: boolean;
};

/** One operation; those behind sign-in answer the common problems as well. */
const operation = ({ summary, path, query, body, responses, open = false }: Given): ZodOpenApiOperationObject => ({
  summary,
  ...(path || query ? { requestParams: { ...(path ? { path } : {}), ...(query ? { query } : {}) } } : {}),
  ...(body ? { requestBody: { content: json(body), required: true } } : {}),
  ...(open ? { security: [] } : {}),
  responses: (open ? responses : { ...responses, ...problems }) as ZodOpenApiOperationObject['responses'],
});

const study = z.object({ study: z.string().describe('Study Instance UID or opaque study id') });
const byId = z.object({ id: z.string() });
const byResult = z.object({ resultId: z.string() });
const site = z.object({ site: siteSchema.optional() });
const text = z.string().max(1024);
const items = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ items: z.array(schema), nextCursor: z.string().nullable().optional() });

const health = z
  .object({
    status: z.string(),
    parts: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
  })
  .partial()
  .meta({ id: 'Health' });
const list = z.object({
  site: siteSchema.optional(),
  list: z.enum(listNames).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  cursor: z.string().optional(),
});
const worklist = z
  .object({
    revision: z.number().int(),
    generatedAt: z.number().int(),
    total: z.number().int(),
    state: z.enum(['current', 'rebuilding']),
    items: z.array(rowSchema),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Worklist' });
const timelineEntry = studyDetailSchema.shape.reports.element
  .extend({
    type: z.string(),
    source: z.string(),
    id: z.string(),
    summary: z.object({ en: z.string(), nl: z.string() }),
  })
  .omit({ status: true });
const session = z.object({ user: z.string(), roles: z.array(z.string()) }).meta({ id: 'Session' });
const taken = z
  .object({
    resultId: z.string(),
    resultKey: opaqueSchema,
    studyId: opaqueSchema,
    shadow: z.boolean(),
    status: z.enum(['accepted', 'again']),
  })
  .meta({ id: 'TakenRun' });
const detector = z
  .looseObject({
    id: z.string(),
    site: siteSchema,
    state: z.enum(detectorStates),
    reason: z.string().nullable(),
    changedBy: z.string().nullable(),
    changedAt: z.number().int().nullable(),
    findings: z.array(findingCodeSchema),
    releasedVersions: z.array(z.string()),
    health: z.object({
      lastRunAt: z.number().int().nullable(),
      runsLastDay: z.number().int(),
      failedLastDay: z.number().int(),
      waiting: z.number().int(),
      overdueLastDay: z.number().int(),
    }),
  })
  .meta({ id: 'Detector' });
const onCall = z.object({ at: z.string().optional(), site: siteSchema.optional(), team: z.string().optional() });

const act = (summary: string) => ({
  post: operation({
    summary,
    path: byId,
    body: z.object({ note: text.optional(), to: z.string().max(128).optional() }),
    responses: {
      200: answer('done, or done before', alertSchema),
      ...unknown,
      409: problem('the state does not allow this'),
    },
  }),
});
const onStudy = (summary: string, body: z.ZodType) => ({
  post: operation({
    summary,
    path: study,
    body,
    responses: {
      200: { description: 'done' },
      ...unknown,
      409: problem('another person holds the study, or its state does not allow this'),
    },
  }),
});

export const paths: ZodOpenApiPathsObject = {
  '/health/live': {
    get: operation({ summary: 'Whether the process lives', open: true, responses: { 200: answer('alive', health) } }),
  },
  '/health/ready': {
    get: operation({
      summary: 'Whether every part can do its work',
      open: true,
      responses: { 200: answer('ready', health), 503: answer('not ready, with the state of each part', health) },
    }),
  },
  '/metrics': {
    get: operation({
      summary: 'Prometheus metrics, without patient data',
      open: true,
      responses: { 200: { description: 'Prometheus text exposition' } },
    }),
  },
  '/api/v1/session': {
    get: operation({ summary: 'Who is signed in', responses: { 200: answer('the user', session) } }),
    post: operation({
      summary: 'Sign in with the token, under an account name',
      open: true,
      body: z.object({ token: z.string(), name: z.string().optional() }),
      responses: { 200: answer('signed in; sets the session cookie', session), 400: problems[400], 401: problems[401] },
    }),
    delete: operation({ summary: 'Sign out', responses: { 204: { description: 'signed out' } } }),
  },
  '/api/v1/worklist': {
    get: operation({
      summary: 'A page of a list in reading order',
      query: list,
      responses: { 200: answer('the page', worklist) },
    }),
  },
  '/api/v1/worklist/events': {
    get: operation({
      summary: 'Server-sent events `row`, `gone`, `revision`, `reset` of a list; ids are `epoch.revision`',
      query: list.pick({ site: true, list: true }),
      responses: { 200: { description: 'text/event-stream' } },
    }),
  },
  '/api/v1/worklist/search': {
    post: operation({
      summary: 'Search by name, id, accession number or birth date; a POST keeps patient data out of the URL',
      body: z.object({ text: z.string().min(1).max(128), site: siteSchema.optional() }),
      responses: { 200: answer('the rows found', items(rowSchema)) },
    }),
  },
  '/api/v1/studies/{study}': {
    get: operation({
      summary: 'A study with its orders, runs, rank with reasons, and clocks',
      path: study,
      responses: { 200: answer('the study', studyDetailSchema), ...unknown },
    }),
  },
  '/api/v1/studies/{study}/timeline': {
    get: operation({
      summary: 'Every event of a study, oldest first',
      path: study,
      responses: { 200: answer('the events', items(timelineEntry)), ...unknown },
    }),
  },
  '/api/v1/studies/{study}/claim': onStudy('Open a study for reading', z.object({ takeOver: z.boolean().optional() })),
  '/api/v1/studies/{study}/release': onStudy('Give a claim back', z.object({})),
  '/api/v1/studies/{study}/read': onStudy('Say that a study is read', z.object({})),
  '/api/v1/studies/{study}/raise': onStudy(
    'Raise a study, upwards only; null undoes an own raise',
    z.object({ reason: text, class: urgencyClassSchema.nullable().optional() }),
  ),
  '/api/v1/studies/{study}/hold': onStudy(
    'Hold a study until an instant; shown, never moved',
    z.object({ reason: text, until: z.union([z.number().int(), z.string()]).nullable() }),
  ),
  '/api/v1/results': {
    post: operation({
      summary: 'A run of a detector',
      body: runSchema,
      responses: {
        202: answer('accepted; an unreleased version or a detector that is not active is kept in shadow', taken),
        200: answer('the same again', taken),
        409: problem('the same id with other content'),
        422: problem('unknown detector or finding'),
      },
    }),
  },
  '/api/v1/results/{resultId}': {
    delete: operation({
      summary: 'Withdraw a run',
      path: byResult,
      query: site,
      responses: {
        200: answer('withdrawn', z.object({ resultId: z.string(), studyId: opaqueSchema, status: z.string() })),
        ...unknown,
      },
    }),
  },
  '/api/v1/results/{resultId}/verdict': {
    post: operation({
      summary: "A radiologist's verdict on one finding of a run",
      path: byResult,
      query: site,
      body: z.object({ finding: findingCodeSchema, verdict: z.enum(['agree', 'disagree', 'doubt', 'known']) }),
      responses: { 200: { description: 'noted' }, ...unknown, 422: problem('not a finding of this run') },
    }),
  },
  '/api/v1/detectors': {
    get: operation({
      summary: 'The registry with the state and health of each detector at each site',
      query: site,
      responses: { 200: answer('the detectors', items(detector)) },
    }),
  },
  '/api/v1/detectors/{id}/state': {
    put: operation({
      summary: 'Activate, put into shadow or suspend a detector',
      path: byId,
      body: z.object({ state: z.enum(detectorStates), reason: text, site: siteSchema.optional() }),
      responses: { 200: { description: 'changed' }, ...unknown },
    }),
  },
  '/api/v1/alerts': {
    get: operation({
      summary: 'Alerts, newest first',
      query: z.object({ state: z.enum(alertStates).optional(), team: z.string().optional() }),
      responses: { 200: answer('the alerts', items(alertSchema)) },
    }),
  },
  '/api/v1/alerts/awaited': {
    get: operation({
      summary:
        'Unread studies of stroke-code orders, of the last episode time, on which a detector is late or gave no answer to the stroke team; newest first. Nobody is paged for these',
      query: z.object({ team: z.string().optional(), site: siteSchema.optional() }),
      responses: { 200: answer('the studies', items(awaitedAnswersSchema)) },
    }),
  },
  '/api/v1/alerts/{id}': {
    get: operation({
      summary: 'One alert',
      path: byId,
      responses: { 200: answer('the alert', alertSchema), ...unknown },
    }),
  },
  '/api/v1/alerts/{id}/acknowledge': act('Acknowledge: stops the escalation'),
  '/api/v1/alerts/{id}/decline': act('Decline: the next step follows at once'),
  '/api/v1/alerts/{id}/escalate': act('Escalate at once'),
  '/api/v1/alerts/{id}/hand-over': act('Hand over to another person'),
  '/api/v1/alerts/{id}/recall': act('Recall: told to those who were paged'),
  '/api/v1/operations': {
    get: operation({
      summary:
        'What the operators must know of senders, orders, images and PACS: those that stand first, then those that ended in the last day',
      query: site,
      responses: { 200: answer('the notices', items(operationSchema)) },
    }),
  },
  '/api/v1/senders': {
    get: operation({
      summary: 'The senders that the protocol names: when heard, expected rhythm, clock',
      query: site,
      responses: { 200: answer('the senders', items(senderStatusSchema)) },
    }),
  },
  '/api/v1/quarantine': {
    get: operation({
      summary: 'Messages and objects that could not be used, newest first',
      query: z.object({
        state: quarantineStateSchema.optional(),
        limit: z.coerce.number().int().min(1).max(200).optional(),
        cursor: z.string().optional(),
      }),
      responses: { 200: answer('the page', items(quarantineItemSchema)) },
    }),
  },
  '/api/v1/quarantine/{id}': {
    get: operation({
      summary: 'One of them with its content; that it was read is logged',
      path: byId,
      responses: { 200: answer('the entry', quarantineEntrySchema), ...unknown },
    }),
  },
  '/api/v1/quarantine/{id}/replay': {
    post: operation({
      summary: 'Take it as it is, or corrected, as if its sender had sent it now',
      path: byId,
      body: z.object({ content: z.string().min(1).optional() }),
      responses: {
        200: answer('what became of it; its facts are durable', replayOutcomeSchema),
        ...unknown,
        409: problem('its state does not allow this'),
      },
    }),
  },
  '/api/v1/quarantine/{id}/dismiss': {
    post: operation({
      summary: 'Say that it is not to be used',
      path: byId,
      body: z.object({ reason: text }),
      responses: { 200: { description: 'dismissed' }, ...unknown, 409: problem('its state does not allow this') },
    }),
  },
  '/api/v1/patients/unmerge': {
    post: operation({
      summary: 'Undo one merge of patients; who and why are part of the fact',
      body: z.object({
        site: siteSchema.optional(),
        survivor: patientUnmergedSchema.shape.survivor,
        prior: patientUnmergedSchema.shape.prior,
        reason: text,
      }),
      responses: {
        202: answer('durable', z.object({ site: siteSchema, status: z.string() })),
        503: problem('cannot be made durable now; Retry-After says when to try again'),
      },
    }),
  },
  '/api/v1/on-call': {
    get: operation({
      summary: 'Who is on call for each team at an instant',
      query: onCall,
      responses: { 200: { description: 'people by team and role' } },
    }),
  },
  ...dicomWebPaths,
};
