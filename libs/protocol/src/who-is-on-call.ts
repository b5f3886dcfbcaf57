import type { EpochMs } from '@voorrang/kernel';
import { type LocalTime, localTimeAt } from './local-time.ts';
import type { OnCall, Person, Shift } from './protocol.ts';

/** Everybody who holds the role of the team at the site at that instant, each once, in the order of the rota. Empty: nobody does. */
export function whoIsOnCall(
  onCall: OnCall,
  site: string,
  team: string,
  role: string,
  at: EpochMs,
  timeZone: string,
): readonly Person[] {
  const now = localTimeAt(at, timeZone);
  const ids = onCall.shifts
    .filter((shift) => shift.site === site && shift.team === team && shift.role === role && covers(shift, now))
    .map(({ person }) => person);
  return [...new Set(ids)].flatMap((id) => onCall.people[id] ?? []);
}

/** Shifts follow the clock on the wall: in the night that clocks change one is an hour shorter or longer, and nobody is left out. */
function covers({ days, fromMinute, toMinute }: Shift, { weekday, minuteOfDay }: LocalTime): boolean {
  if (fromMinute < toMinute) return days.includes(weekday) && fromMinute <= minuteOfDay && minuteOfDay < toMinute;
  const dayBefore = weekday === 1 ? 7 : weekday - 1;
  return (days.includes(weekday) && minuteOfDay >= fromMinute) || (days.includes(dayBefore) && minuteOfDay < toMinute);
}
