import { stringify } from 'yaml';
import { type EventType, eventTypes } from '../catalogue.ts';
import { type Topic, topicNames, topicOf, topics } from '../topics.ts';
import { eventSchemaFile } from './event-schemas.ts';

/** AsyncAPI 3.0 of the event bus: one channel a topic, one message an event type, each with its schema file. */
export function asyncApi(): string {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Voorrang events',
      version: '1.0.0',
      description:
        'CloudEvents 1.0 in structured JSON with the attribute `site`. At least once; order is promised per key only. ' +
        'Keys are opaque. Unknown event types and fields are to be skipped and kept. Not a certified medical device.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(topicNames.map((topic) => [topic, channelOf(topic)])),
    operations: Object.fromEntries(
      topicNames.flatMap((topic) =>
        (['send', 'receive'] as const).map((action) => [
          `${action}-${topic}`,
          { action, channel: { $ref: `#/channels/${topic}` } },
        ]),
      ),
    ),
    components: { messages: Object.fromEntries(eventTypes.map((type) => [type, messageOf(type)])) },
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function channelOf(topic: Topic): unknown {
  const types = eventTypes.filter((type) => topicOf(type) === topic);
  return {
    address: topic,
    description: `Keyed by ${topics[topic].keyedBy}.`,
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
  };
}

const messageOf = (type: EventType): unknown => ({
  name: `${type}.v1`,
  contentType: 'application/cloudevents+json',
  headers: {
    type: 'object',
    properties: { traceparent: { type: 'string', description: 'W3C trace context' } },
  },
  payload: {
    schemaFormat: 'application/schema+json;version=draft-2020-12',
    schema: { $ref: `./events/${eventSchemaFile(type)}` },
  },
  bindings: { kafka: { key: { type: 'string', pattern: '^[0-9A-Z]{26}$' } } },
});
