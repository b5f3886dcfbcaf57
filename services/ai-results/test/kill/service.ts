import { armFaultPoint, systemClock } from '@voorrang/kernel';
import { observed, settled } from '../facts.ts';
import { run, World } from '../world.ts';

/**
 * Runs the service on a directory until it kills itself at a fault point: `service.ts <directory> <point> post | overdue`.
 * `post` posts one run and tells the answer; `overdue` publishes a study whose expected run was due an hour ago.
 */
const [, , directory = '', point = '', scenario] = process.argv;
const world = await World.open({ directory, clock: systemClock() });
armFaultPoint(point);
if (scenario === 'post') process.stdout.write(`${(await world.post(run())).status}\n`);
else await world.publish(observed(), settled(Date.now() - 3_600_000));
// The point may lie behind the answer; without it the parent's deadline ends this.
setInterval(() => undefined, 1_000);
