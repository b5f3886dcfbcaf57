import { shareBetween, usedUpAt } from './pace.ts';
/**
 * Whether a sender is silent for longer than its rhythm allows. `heardAt` is when it was last heard, or from when on it is watched.
 * A sender that was told silent stays so until it is heard, whatever the hour: a rhythm that allows more silence at night does not end it.
 */
export function decideSilence(given) {
    const { heardAt, pace, wall, downtimes, now } = given;
    if (pace === null)
        return { dueAt: null, silentSince: null };
    if (given.silentSince !== null && heardAt <= given.silentSince)
        return { dueAt: null, silentSince: given.silentSince };
    const away = downtimes
        .filter(({ to }) => to > heardAt)
        .reduce((share, { from, to }) => share + shareBetween(pace, wall, Math.max(from, heardAt), to), 0);
    const dueAt = usedUpAt(pace, wall, heardAt, 1 + away);
    return dueAt !== null && dueAt <= now ? { dueAt: null, silentSince: heardAt } : { dueAt, silentSince: null };
}
/** The times without listening between the slots in which somebody listened, oldest first. */
export function downtimesOf(listened, slot) {
    const found = [];
    for (const [index, at] of listened.entries()) {
        const before = listened[index - 1];
        if (before !== undefined && at - before > slot)
            found.push({ from: before + slot, to: at });
    }
    return found;
}
