export const hoursOfWeek = 168;
/** Offsets of time zones are whole quarters of an hour, so no quarter lies in two hours of any site. */
const quarterMs = 900_000;
/** Nobody waits longer than this for a sender: an hour of the week that is watched comes back within it. */
const horizonMs = 8 * 86_400_000;
/** Monday 0 h is 0, Sunday 23 h is 167. In the hour that a clock change repeats it comes twice, the one that is skipped never. */
export const hourOfWeek = ({ weekday, hour }) => (weekday - 1) * 24 + hour;
/** A heartbeat that the protocol sets: the first range that holds the hour counts. `toHour` is exclusive; a range may run over midnight. */
export function paceOfRanges(ranges) {
    const holds = ({ fromHour, toHour }, hour) => fromHour < toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
    return Array.from({ length: hoursOfWeek }, (_, index) => {
        const range = ranges.find((one) => holds(one, index % 24));
        return range === undefined ? 0 : 1 / range.silenceMs;
    });
}
/** Share of the patience that is used up between two instants. */
export function shareBetween(pace, wall, from, to) {
    let share = 0;
    for (let at = from; at < to;) {
        const next = Math.min(to, nextQuarter(at));
        share += (next - at) * (pace[hourOfWeek(wall(at))] ?? 0);
        at = next;
    }
    return share;
}
/** The instant at which `share` is used up by a silence that begins at `from`; `null` when that is more than eight days away. */
export function usedUpAt(pace, wall, from, share) {
    if (!pace.some((each) => each > 0))
        return null;
    let left = share;
    for (let at = from; at < from + horizonMs;) {
        const next = nextQuarter(at);
        const speed = pace[hourOfWeek(wall(at))] ?? 0;
        const used = (next - at) * speed;
        if (used >= left)
            return Math.ceil(at + left / speed);
        left -= used;
        at = next;
    }
    return null;
}
const nextQuarter = (at) => (Math.floor(at / quarterMs) + 1) * quarterMs;
