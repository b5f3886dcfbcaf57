/** Compares by Study Instance UID. That the PACS has fewer is not told: what is stored there may be compressed to one multi-frame object or be on its way. */
export function compareStudies(here, there) {
    const ours = new Map(here.map((study) => [study.studyInstanceUid, study]));
    const theirs = new Set(there.map(({ studyInstanceUid }) => studyInstanceUid));
    const sorted = (uids) => [...new Set(uids)].sort();
    return {
        missingHere: sorted(there.flatMap(({ studyInstanceUid }) => (ours.has(studyInstanceUid) ? [] : [studyInstanceUid]))),
        missingAtPacs: sorted(here.flatMap(({ studyInstanceUid }) => (theirs.has(studyInstanceUid) ? [] : [studyInstanceUid]))),
        fewerHere: there.flatMap(({ studyInstanceUid, images }) => {
            const here = ours.get(studyInstanceUid)?.images ?? null;
            return here === null || images === null || images <= here ? [] : [{ studyInstanceUid, here, there: images }];
        }),
    };
}
const minuteMs = 60_000;
const dayMs = 86_400_000;
/**
 * The next instant after `after` at which the clock on the wall shows `minute` of the day. In the night that skips it: the first minute after the gap;
 * in the night that has it twice: the first of both, and not the second.
 */
export function nextAtMinute(after, minute, local) {
    const today = local(after).date;
    let at = Math.floor(after / minuteMs) * minuteMs + minuteMs;
    for (const end = at + 2 * dayMs; at < end; at += minuteMs) {
        const { date, minuteOfDay } = local(at);
        if (minuteOfDay < minute)
            continue;
        const before = local(at - minuteMs);
        const isFirst = before.date !== date || before.minuteOfDay < minute;
        const cameBefore = date === today && local(after).minuteOfDay >= minute;
        if (isFirst && !cameBefore)
            return at;
    }
    return at;
}
