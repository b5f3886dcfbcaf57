import { systemClock } from '@voorrang/kernel';
import { describeWith, sharedKafka } from '@voorrang/testing';
import { kafkaBus } from '../src/kafka/index.ts';
import { busContract } from '../src/testing/index.ts';

describeWith('Kafka', [await sharedKafka()], ([kafka]) => {
  busContract(
    'Kafka',
    async ({ suffix }) => ({
      open: async () =>
        kafkaBus({
          brokers: [kafka.address],
          clientId: 'contract',
          clock: systemClock(),
          onWarn: () => {},
          topicPrefix: `${suffix}.`,
          partitions: 3,
        }),
      dispose: async () => {},
    }),
    { deadlineMs: 15_000 },
  );
});
