import type { Path } from './read-yaml.ts';

type Problem = { readonly path: Path; readonly message: string };

/** Entries of senders.yaml that speak of the same sender: which of the two would count is not to be guessed. Reads raw data. */
export function sameSenderProblems(dicom: readonly Entry[], hl7: readonly Entry[]): readonly Problem[] {
  return [
    ...repeated(dicom, ['dicom'], ({ callingAe }) => callingAe, 'callingAe'),
    ...repeated(hl7, ['hl7'], hl7Name, 'application'),
  ];
}

type Entry = Readonly<Record<string, unknown>>;

/** One name of both fields, which may hold any character. */
const hl7Name = ({ application, facility }: Entry): string | undefined =>
  typeof application === 'string' && typeof facility === 'string' ? JSON.stringify([application, facility]) : undefined;

function repeated(
  entries: readonly Entry[],
  list: Path,
  nameOf: (entry: Entry) => unknown,
  field: string,
): readonly Problem[] {
  const names = entries.map(nameOf);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return [];
    return [{ path: [...list, index, field], message: `entry ${first + 1} of ${list[0]} is for the same sender` }];
  });
}
