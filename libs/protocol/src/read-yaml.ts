import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ProtocolProblem } from './protocol.ts';

/** Path of keys and indexes into a file. */
export type Path = readonly (string | number)[];

/** One YAML file as plain data, with the line of every place in it. `data` is undefined where the text is no YAML. */
export type YamlFile = {
  readonly name: string;
  readonly data: unknown;
  readonly problems: readonly ProtocolProblem[];
  /** Line (from 1) of the place or, where it does not exist, of the nearest place above it. `key` asks for the key instead of its value. */
  lineOf(path: Path, key?: boolean): number;
  /** Line of the `line`-th line of a text, which may be a block of several. */
  lineWithin(path: Path, line: number): number;
};

/** Longest file that is looked at. */
const maxLength = 1_000_000;

/**
 * YAML 1.2, core schema, one document. Refused: tags, anchors and aliases (a reader of a protocol must see what stands there, and an alias can
 * blow up a small file), duplicate keys, non-text keys.
 */
export function readYaml(name: string, text: string): YamlFile {
  const lines = new LineCounter();
  const at = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const problem = (line: number, message: string): ProtocolProblem => ({ file: name, line, path: '', message });
  if (text.length > maxLength) return unreadable(name, problem(1, `longer than ${maxLength} characters`));
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => problem(at(pos[0]), message));
  visit(document, {
    Node: (_key, node) => {
      if (node.tag !== undefined && document.errors.length === 0 && !isImplicit(node.tag)) {
        problems.push(problem(at(node.range?.[0] ?? 0), 'tags are not allowed'));
      }
      if ('anchor' in node && node.anchor) problems.push(problem(at(node.range?.[0] ?? 0), 'anchors are not allowed'));
    },
    Alias: (_key, node) => {
      problems.push(problem(at(node.range?.[0] ?? 0), 'aliases are not allowed'));
      return visit.REMOVE;
    },
  });
  if (document.errors.length > 0) return { ...unreadable(name), problems };
  return {
    name,
    data: document.toJS({ maxAliasCount: 0 }),
    problems,
    lineOf: (path, key = false) => at(offsetOf(document, path, key)),
    lineWithin: (path, line) => {
      const node = document.getIn(path, true);
      const first = at(offsetOf(document, path, false));
      const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
      return block ? first + line : first + line - 1;
    },
  };
}

const unreadable = (name: string, ...problems: readonly ProtocolProblem[]): YamlFile => ({
  name,
  data: undefined,
  problems,
  lineOf: () => 1,
  lineWithin: () => 1,
});

/** Tags that the parser itself puts on collections. */
const isImplicit = (tag: string): boolean => tag === 'tag:yaml.org,2002:map' || tag === 'tag:yaml.org,2002:seq';

function offsetOf(document: Document.Parsed, path: Path, key: boolean): number {
  if (key) {
    const parent = document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last))
      : undefined;
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) {
      // A block collection begins at its first item, one line below its key: what is asked for is where it is named.
      return isCollection(node) && length < path.length
        ? keyOffset(document, path.slice(0, length))
        : startOf(node.range);
    }
  }
  return 0;
}

const keyOffset = (document: Document.Parsed, path: Path): number => offsetOf(document, path, true);
const startOf = (range: readonly number[] | null | undefined): number => range?.[0] ?? 0;
