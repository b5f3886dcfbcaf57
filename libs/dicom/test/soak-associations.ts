import { manyAssociations } from './many-associations.ts';

/** `node libs/dicom/test/soak-associations.ts [count]`: memory after each tenth of 10,000 associations that end in every way there is. */
const megabytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MB`;
for (const { associations, liveBytes, rssBytes } of await manyAssociations(Number(process.argv[2] ?? 10_000), 10)) {
  process.stdout.write(`${associations} associations: live ${megabytes(liveBytes)}, resident ${megabytes(rssBytes)}\n`);
}
