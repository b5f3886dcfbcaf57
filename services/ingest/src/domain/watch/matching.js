/** Whether an order still asks for images: not cancelled (or placed once more since), not discontinued, not reported. */
export function asksForImages({ firstPlaced, lastPlaced, lastCancelled, status, reported }) {
    if (reported || status === 'discontinued')
        return false;
    if (lastCancelled === null)
        return true;
    const again = firstPlaced !== null && lastPlaced !== null && firstPlaced < lastPlaced;
    return again && lastPlaced > lastCancelled;
}
/** When an order without images is told: so long after its requested or scheduled time, never counted from before we knew of it. */
export const orderDueAt = ({ requestedAt, firstAt }, limitMs) => Math.max(requestedAt ?? firstAt, firstAt) + limitMs;
/** A stamp as text whose order is that of `compareStamps`. */
export const stampText = ({ observedAt, ingestId, seq, }) => `${String(observedAt).padStart(16, '0')} ${ingestId} ${String(seq).padStart(16, '0')}`;
