import { type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';

/** @medplum/hl7 as a receiver that keeps nothing: each message is parsed and acknowledged at once. */
const port = Number(process.argv[2]);
const server = new Hl7Server((connection) => {
  connection.addEventListener('message', (event: Hl7MessageEvent) => {
    connection.send(event.message.buildAck());
  });
});
await server.start(port);
process.stdout.write(`${port}\n`);
process.once('SIGTERM', () => process.exit(0));
