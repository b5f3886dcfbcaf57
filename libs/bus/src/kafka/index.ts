export { type KafkaBus, kafkaBus } from './kafka-bus.ts';
export type { KafkaBusOptions, KafkaTiming } from './options.ts';
