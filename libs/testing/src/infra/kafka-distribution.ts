import { isCached } from './cached-directory.ts';
import { type JavaProgram, jarsOf } from './maven-jars.ts';

/** The broker that tests, the compose file and the documentation name; ADR 0010 says why. */
export const kafkaVersion = process.env.VOORRANG_TEST_KAFKA_VERSION ?? '4.3.1';

/** What the broker needs at run time, and a binding so that its warnings are seen. */
const kafka = (version: string): JavaProgram => ({
  name: `kafka-${version}`,
  dependencies: [`org.apache.kafka:kafka_2.13:${version}`, 'org.slf4j:slf4j-simple:1.7.36'],
});

export const kafkaIsCached = (version = kafkaVersion): boolean => isCached(kafka(version).name);

/** Directory with the jars of Apache Kafka; fetched by `maven` where it is not cached. */
export const kafkaJars = (maven: string | undefined, version = kafkaVersion): Promise<string> =>
  jarsOf(kafka(version), maven);
