import { useEffect, useRef, useState } from 'react';
import { type Move, movesBetween } from './live-list.ts';

const showMs = 6_000;

/** Which rows moved lately, for the highlight. The first list shown has moved nowhere. */
export function useMoves(ids: readonly string[], listKey: string): ReadonlyMap<string, Move> {
  const before = useRef<{ readonly key: string; readonly ids: readonly string[] } | null>(null);
  const [moves, setMoves] = useState<ReadonlyMap<string, Move>>(new Map());
  useEffect(() => {
    const last = before.current;
    before.current = { key: listKey, ids };
    if (last === null || last.key !== listKey || last.ids.length === 0) return;
    const found = movesBetween(last.ids, ids);
    if (found.size === 0) return;
    setMoves((known) => new Map([...known, ...found]));
    // Not cleared with the effect: the next change of the list must not keep an old highlight for ever.
    window.setTimeout(() => {
      setMoves((known) => new Map([...known].filter(([id, move]) => found.get(id) !== move)));
    }, showMs);
  }, [ids, listKey]);
  return moves;
}
