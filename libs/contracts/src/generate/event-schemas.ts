import { z } from 'zod';
import { catalogue, type EventType, eventTypes } from '../catalogue.ts';
import { envelopeSchema } from '../envelope.ts';

/** JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Name of an event's schema file in its current major version. */
export const eventSchemaFile = (type: EventType): string => `${type}.v1.json`;

/** JSON Schema (2020-12) of every whole event: envelope and data. Unknown fields are allowed, readers keep them. */
export function eventSchemas(): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(eventTypes.map((type) => [eventSchemaFile(type), schemaOf(type)]));
}

function schemaOf(type: EventType): JsonSchema {
  const event = envelopeSchema.extend({ type: z.literal(`${type}.v1`), data: catalogue[type] });
  const { $schema, ...rest } = z.toJSONSchema(event, { target: 'draft-2020-12', io: 'input' });
  return { $schema, $id: `urn:voorrang:event:${type}:v1`, title: `${type}.v1`, ...rest };
}
