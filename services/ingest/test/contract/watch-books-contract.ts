import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventData, EventOf, KnownEvent } from '@voorrang/contracts';
import { hours, minutes, seconds } from '@voorrang/kernel';
import type { Heartbeat, PacsPeer } from '@voorrang/protocol';
import type { Database, SqlProvider } from '@voorrang/sql';
import { seededRandom, shuffled } from '@voorrang/testing';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { readOperations } from '../../src/adapters/sql/watch/operations.ts';
import { sqlComparisonBook } from '../../src/adapters/sql/watch/sql-comparison-book.ts';
import { sqlMatchBook } from '../../src/adapters/sql/watch/sql-match-book.ts';
import { sqlSenderBook } from '../../src/adapters/sql/watch/sql-sender-book.ts';
import type { ComparisonResult, Mark } from '../../src/application/watch/ports.ts';
import { watchedSenders } from '../../src/application/watch/watched-senders.ts';
import { slotMs, slotOf } from '../../src/domain/watch/rhythm.ts';
import { keys, seriesData } from '../builders.ts';

const start = Date.parse('2026-03-03T08:00:00Z');
const sites = { EX: { name: 'Example', timeZone: 'Europe/Amsterdam' } };
const always = (silenceMs: number): Heartbeat => ({ kind: 'set', hours: [{ fromHour: 0, toHour: 24, silenceMs }] });

/** The laws of the books of the watch, for every database engine. */
export function watchBooksContract(
  name: string,
  open: () => Promise<{ readonly provider: SqlProvider; readonly dispose: () => Promise<void> }>,
): void {
  describe(`the books of the watch on ${name}`, () => {
    let given: Awaited<ReturnType<typeof open>>;
    let database: Database<IngestSchema>;
    beforeEach(async () => {
      given = await open();
      database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
    });
    afterEach(() => given.dispose());

    /** What was told: type, kind or nothing, and count. */
    const told = async (): Promise<string[]> => {
      const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
        database.query,
      );
      return rows.map(({ value }) => {
        const { type, data } = JSON.parse(value);
        return [type.replace('.v1', ''), data.kind, data.subject, data.count]
          .filter((each) => each !== undefined)
          .join(' ');
      });
    };
    const standing = async () =>
      (await readOperations(database.query, undefined, Number.MAX_SAFE_INTEGER)).map(
        ({ kind, subject, count }) => `${kind} ${subject} ${count}`,
      );

    describe('senders', () => {
      const senders = (heartbeat: Heartbeat | undefined) =>
        watchedSenders({
          sites,
          senders: {
            dicom: [{ callingAe: 'CT1', site: 'EX', authority: 'A', ...(heartbeat ? { heartbeat } : {}) }],
            hl7: [{ application: 'RIS', facility: '*', site: 'EX', authority: 'A', charset: 'UNICODE UTF-8' }],
            fallback: { authority: 'A', charset: '8859/1' },
          },
        });
      const bookOf = (heartbeat?: Heartbeat) =>
        sqlSenderBook(database, { senders: senders(heartbeat), keys, skewLimitMs: seconds(120) });
      const mark = (at: number, sender = 'dicom CT1'): Mark => ({
        sender,
        slotAt: slotOf(at),
        messages: 1,
        lastAt: at,
      });
      /** We listened in every slot between. */
      const listened = (from: number, to: number): Mark[] =>
        Array.from({ length: Math.ceil((to - from) / slotMs) + 1 }, (_, index) => ({
          ...mark(slotOf(from) + index * slotMs, ''),
          messages: 0,
        }));

      test('one that stays silent is told once, with the time since when, and that it is over when it is heard', async () => {
        const book = bookOf(always(minutes(30)));
        await book.begin(start);
        await book.store([...listened(start, start + hours(2)), mark(start + minutes(1))], [], start + minutes(1));
        await book.runDue(start + minutes(30));
        expect(await told()).toEqual([]);
        expect(await book.nextDueAt()).toBe(start + minutes(31) + seconds(5));
        await book.runDue(start + minutes(32));
        await book.runDue(start + minutes(50));
        expect(await told()).toEqual(['operation.raised sender-silent dicom CT1 1']);
        const [state] = await book.states(start + minutes(50));
        expect(state).toMatchObject({
          silentSince: start + minutes(1),
          messagesLastHour: 1,
          expectedSilenceMs: minutes(30),
        });
        await book.store([mark(start + minutes(51))], [], start + minutes(51));
        // Since it was heard, not since it fell silent: health would say that the loop is late.
        expect(await book.nextDueAt()).toBe(start + minutes(51));
        expect(await book.runDue(start + minutes(51))).toMatchObject([{ what: 'cleared' }]);
        expect(await told()).toEqual(['operation.raised sender-silent dicom CT1 1', 'operation.cleared']);
        expect(await standing()).toEqual([]);
      });

      test('the time in which nobody listened does not count, also over a restart', async () => {
        await bookOf(always(minutes(30))).begin(start);
        await bookOf(always(minutes(30))).store([...listened(start, start + minutes(10)), mark(start)], [], start);
        const after = start + hours(5);
        const book = bookOf(always(minutes(30)));
        await book.begin(after);
        await book.store(listened(after, after + hours(1)), [], after);
        await book.runDue(after + minutes(10));
        expect(await told()).toEqual([]);
        await book.runDue(after + minutes(20));
        expect(await told()).toEqual(['operation.raised sender-silent dicom CT1 1']);
      });

      test('after weeks in which nobody listened patience begins when we do', async () => {
        await bookOf(always(minutes(30))).begin(start);
        await bookOf(always(minutes(30))).store([...listened(start, start + minutes(10)), mark(start)], [], start);
        const after = start + hours(24 * 20);
        const book = bookOf(always(minutes(30)));
        await book.begin(after);
        await book.store(listened(after, after + hours(2)), [], after);
        await book.runDue(after + minutes(10));
        await book.runDue(after + minutes(25));
        expect(await told()).toEqual([]);
        await book.runDue(after + minutes(40));
        expect(await told()).toEqual(['operation.raised sender-silent dicom CT1 1']);
      });

      test('a notice that stands is neither told again nor lost when we start again', async () => {
        const book = bookOf(always(minutes(30)));
        await book.begin(start);
        await book.store([...listened(start, start + hours(2)), mark(start)], [], start);
        await book.runDue(start + hours(1));
        const next = bookOf(always(minutes(30)));
        await next.begin(start + hours(1));
        await next.runDue(start + hours(1.5));
        expect([await told(), await standing()]).toEqual([
          ['operation.raised sender-silent dicom CT1 1'],
          ['sender-silent dicom CT1 1'],
        ]);
      });

      test('a sender that the protocol watches no more is not told any longer', async () => {
        const book = bookOf(always(minutes(30)));
        await book.begin(start);
        await book.store([...listened(start, start + hours(2)), mark(start)], [], start);
        await book.runDue(start + hours(1));
        const unwatched = bookOf();
        await unwatched.begin(start + hours(1));
        await unwatched.runDue(start + hours(1));
        expect(await standing()).toEqual([]);
      });

      test('a learned rhythm tells nothing in its first two weeks, and a silence by day after them', async () => {
        const book = bookOf({ kind: 'learned' });
        await book.begin(start);
        const spoken = start + 16 * hours(24);
        const byDay = (at: number): boolean => new Date(at).getUTCHours() >= 7 && new Date(at).getUTCHours() < 17;
        for (let day = start; day < spoken; day += hours(24)) {
          const marks: Mark[] = [];
          for (let at = day; at < day + hours(24); at += slotMs) {
            marks.push({ ...mark(at, ''), messages: 0 });
            if (byDay(at)) marks.push(mark(at));
          }
          await book.store(marks, [], day);
          await book.runDue(day + hours(24));
        }
        expect(await told()).toEqual([]);
        await book.store(listened(spoken, spoken + hours(2)), [], spoken);
        await book.runDue(spoken + hours(1));
        expect(await standing()).toEqual(['sender-silent dicom CT1 1']);
      }, 60_000);

      test('slots are forgotten after eight days, but not when a sender was last heard', async () => {
        const book = bookOf(always(hours(24 * 30)));
        await book.begin(start);
        await book.store([mark(start), mark(start + hours(1)), ...listened(start, start + hours(2))], [], start);
        await book.runDue(start + hours(24 * 9));
        const [state] = await book.states(start + hours(24 * 9));
        expect(state).toMatchObject({ lastHeardAt: start + hours(1), messagesLastHour: 0 });
        const { rows } = await sql<{ n: number }>`select count(*) as n from ingest_heard`.execute(database.query);
        expect(Number(rows[0]?.n)).toBe(2);
      });

      test('a clock that differs is told with its sign, both ways for messages and ahead only for images', async () => {
        const book = bookOf();
        await book.begin(start);
        const measured = (sender: string, skewMs: number) => ({
          sender,
          samples: new Array(20).fill(skewMs),
          tls: true,
        });
        await book.store([], [measured('dicom CT1', -minutes(20)), measured('hl7 RIS|*', -minutes(3))], start);
        expect(await book.nextDueAt()).toBeLessThanOrEqual(start);
        await book.runDue(start + 1);
        expect(await standing()).toEqual(['sender-clock-skew hl7 RIS|* 1']);
        const [notice] = await readOperations(database.query, 'EX', 0);
        expect(notice?.detail).toEqual({ clockSkewSeconds: -180 });
        await book.store(
          [],
          [measured('hl7 RIS|*', -seconds(5)), measured('dicom CT1', minutes(3))],
          start + minutes(9),
        );
        await book.runDue(start + minutes(9));
        expect(await standing()).toEqual(['sender-clock-skew dicom CT1 1']);
        expect((await book.begin(start + minutes(10))).samples.get('hl7 RIS|*')).toHaveLength(20);
      });
    });

    describe('orders and images', () => {
      const limits = [{ site: '*', orderWithoutImagesMs: hours(2), imagesWithoutOrderMs: hours(1) }];
      const bookOf = () => sqlMatchBook(database, { keys, limits });
      let seq = 0;
      const event = (type: string, key: string, at: number, data: unknown, site = 'EX'): KnownEvent => {
        seq += 1;
        const stamp = { observedAt: at, ingestId: 'test', seq };
        return { id: `test-${seq}`, type, source: 'test', site, key, stamp, data } as KnownEvent;
      };
      const order = (
        filler: string,
        at: number,
        more: Partial<EventData<'order.placed'>> & { type?: string } = {},
      ): KnownEvent => {
        const { type = 'order.placed', ...data } = more;
        return event(type, keys.order('EX', filler), at, {
          orderNumber: { filler, placer: null },
          accessionNumbers: [`ACC-${filler}`],
          studyInstanceUid: null,
          patient: null,
          visit: null,
          procedure: null,
          modality: 'CT',
          bodyPart: null,
          indication: null,
          priority: null,
          strokeCode: null,
          status: 'scheduled',
          requestedAt: null,
          issuedAt: null,
          ...data,
        });
      };
      const images = (study: number, at: number, more: Partial<EventData<'series.observed'>> = {}): KnownEvent =>
        event('series.observed', keys.study('EX', `1.2.${study}`), at, {
          ...seriesData(study, 1, [1]),
          accessionNumbers: [],
          ...more,
        });

      test('an order without images and images without an order are counted when their time has come', async () => {
        const book = bookOf();
        await book.record([order('1', start), order('2', start, { requestedAt: start + hours(1) }), images(7, start)]);
        expect(await book.nextDueAt()).toBe(start + hours(1));
        await book.runDue(start + hours(1));
        expect(await standing()).toEqual(['images-without-order EX 1']);
        await book.runDue(start + hours(2));
        await book.runDue(start + hours(3));
        expect(await told()).toEqual([
          'operation.raised images-without-order EX 1',
          'operation.raised order-without-images EX 1',
          'operation.raised order-without-images EX 2',
        ]);
        const notices = await readOperations(database.query, 'EX', 0);
        expect(notices.find(({ kind }) => kind === 'images-without-order')?.detail).toEqual({
          studyIds: [keys.study('EX', '1.2.7')],
        });
      });

      test.each([
        ['the accession number', { accessionNumbers: ['ACC-1'] }, {}],
        ['the Study Instance UID', {}, { studyInstanceUid: '1.2.7' }],
      ])('what belongs together by %s is never told, in either order', async (_by, ofImages, ofOrder) => {
        await bookOf().record([order('1', start, ofOrder), images(7, start + 5, ofImages)]);
        await bookOf().record([images(8, start, ofImages)]);
        await bookOf().record([order('3', start, { accessionNumbers: ['ACC-1'], studyInstanceUid: '1.2.8' })]);
        await bookOf().runDue(start + hours(9));
        expect([await standing(), await bookOf().nextDueAt()]).toEqual([[], undefined]);
      });

      test('an order of the same accession number that names the study counts for its family', async () => {
        await bookOf().record([
          order('1', start, { accessionNumbers: ['SHARED'] }),
          images(7, start),
          order('2', start, { accessionNumbers: ['SHARED'], studyInstanceUid: '1.2.7' }),
        ]);
        await bookOf().runDue(start + hours(9));
        expect(await standing()).toEqual([]);
      });

      test('a notice counts down and ends as the missing side comes', async () => {
        await bookOf().record([order('1', start), order('2', start)]);
        await bookOf().runDue(start + hours(2));
        await bookOf().record([images(7, start + hours(3), { accessionNumbers: ['ACC-1'] })]);
        expect(await bookOf().nextDueAt()).toBe(0);
        await bookOf().runDue(start + hours(3));
        expect(await standing()).toEqual(['order-without-images EX 1']);
        await bookOf().record([order('2', start + hours(4), { type: 'order.cancelled' })]);
        await bookOf().runDue(start + hours(4));
        expect([await standing(), await bookOf().nextDueAt()]).toEqual([[], undefined]);
      });

      test('cancelled, discontinued and reported orders, evidence, and steps that only tell of themselves do not count', async () => {
        await bookOf().record([
          order('1', start),
          order('1', start + 1, { type: 'order.cancelled' }),
          order('2', start, { status: 'discontinued' }),
          order('3', start),
          order('3', start + 1, { type: 'report.issued', status: 'final' } as never),
          event('evidence.received', keys.study('EX', '1.2.9'), start, {
            studyInstanceUid: '1.2.9',
            accessionNumbers: [],
          }),
          event('images.announced', keys.study('EX', '1.2.10'), start, {
            studyInstanceUid: '1.2.10',
            status: 'completed',
            accessionNumbers: [],
            modality: 'CT',
          }),
        ]);
        await bookOf().runDue(start + hours(9));
        expect(await standing()).toEqual([]);
      });

      test('images that were announced as available are images of an order', async () => {
        await bookOf().record([
          order('1', start),
          event('images.announced', keys.study('EX', '1.2.10'), start, {
            studyInstanceUid: '1.2.10',
            status: 'available',
            accessionNumbers: ['ACC-1'],
            modality: 'CT',
          }),
        ]);
        await bookOf().runDue(start + hours(9));
        expect(await standing()).toEqual([]);
      });

      test('facts in any order, in any borders and again end the same', async () => {
        const facts = [
          order('1', start),
          order('1', start + 10, { type: 'order.cancelled' }),
          order('1', start + 20),
          order('2', start, { requestedAt: start }),
          order('2', start + 30, { type: 'order.changed', requestedAt: start + hours(5) }),
          images(7, start),
          images(8, start + 5, { accessionNumbers: ['ACC-2'] }),
          order('4', start + 5, { accessionNumbers: [], studyInstanceUid: '1.2.9' }),
          images(9, start + 6),
          order('5', start + 7, { accessionNumbers: ['SHARED'] }),
          order('6', start + 8, { accessionNumbers: ['SHARED'], studyInstanceUid: '1.2.9' }),
        ];
        const random = seededRandom(11);
        const ends = new Set<string>();
        for (let round = 0; round < 8; round += 1) {
          await sql`delete from ingest_awaited_order`.execute(database.query);
          await sql`delete from ingest_awaited_study`.execute(database.query);
          await sql`delete from ingest_awaited_link`.execute(database.query);
          const all = shuffled([...facts, ...facts.slice(0, 4)], random);
          await bookOf().record(all.slice(0, 5));
          await bookOf().record(all.slice(5));
          const orders = await database.query
            .selectFrom('ingest_awaited_order')
            .selectAll()
            .orderBy('order_key')
            .execute();
          const studies = await database.query
            .selectFrom('ingest_awaited_study')
            .selectAll()
            .orderBy('study_key')
            .execute();
          ends.add(JSON.stringify([orders, studies]));
        }
        expect(ends.size).toBe(1);
      }, 30_000);

      test('a site without limits is not watched', async () => {
        const book = sqlMatchBook(database, { keys, limits: [{ ...limits[0], site: 'NORTH' } as (typeof limits)[0]] });
        await book.record([order('1', start), images(7, start)]);
        expect(await book.nextDueAt()).toBeUndefined();
      });
    });

    describe('comparisons', () => {
      const peer: PacsPeer = {
        name: 'expacs',
        site: 'EX',
        atMinute: 150,
        modalities: ['CT'],
        query: { kind: 'qido-rs', url: 'http://pacs' },
      };
      const bookOf = (peers: readonly PacsPeer[] = [peer]) =>
        sqlComparisonBook(database, { keys, peers, timeZoneOf: () => 'Europe/Amsterdam' });
      const night = Date.parse('2026-03-04T01:30:00Z');
      const study = (uid: string, accessionNumber: string | null = null) => ({
        study: {
          studyInstanceUid: uid,
          accessionNumber,
          modalities: ['CT'],
          description: 'CT brain',
          startedAt: '20260304',
          images: 3,
        },
        series: [{ seriesInstanceUid: `${uid}.1`, modality: 'CT', description: null, images: 3, retrieveAe: 'EXPACS' }],
      });
      const result = (more: Partial<ComparisonResult> = {}): ComparisonResult => ({
        nextDay: 20260304,
        nextAt: night + hours(24),
        comparedStudies: 9,
        missingHere: [],
        fewerHere: [],
        missingAtPacs: [],
        arrivedAtPacs: [],
        ...more,
      });
      const imagesOf = (n: number): EventOf<'series.observed'> => ({
        id: `i-${n}`,
        type: 'series.observed',
        source: 'test',
        site: 'EX',
        key: keys.study('EX', `1.2.${n}`),
        stamp: { observedAt: start, ingestId: 'test', seq: n },
        data: seriesData(n, 1, [1]),
      });

      test('a new PACS is asked the next night for the day after: what lies before it never was to come', async () => {
        await bookOf().begin(start);
        expect([await bookOf().due(start), await bookOf().nextDueAt()]).toEqual([[], night]);
        expect(await bookOf().due(night)).toEqual([{ name: 'expacs', fromDay: 20260304 }]);
        await bookOf().begin(night + 5);
        expect(await bookOf().due(night + 5)).toEqual([{ name: 'expacs', fromDay: 20260304 }]);
      });

      test('what it found is told, and a study that nobody sent comes onto the list', async () => {
        await bookOf().begin(start);
        await bookOf().finish(
          peer,
          result({ missingHere: [study('1.2.5')], missingAtPacs: ['1.2.6'], fewerHere: ['1.2.7'] }),
          night,
        );
        expect(await told()).toEqual([
          'images.announced',
          'operation.raised missing-here expacs 2',
          'operation.raised missing-at-pacs expacs 1',
        ]);
        const { rows } = await sql<{
          value: string;
        }>`select value from ingest_outbox order by sequence limit 1`.execute(database.query);
        expect(JSON.parse(rows[0]?.value ?? '').data).toMatchObject({
          studyInstanceUid: '1.2.5',
          by: 'pacs-comparison',
          status: 'available',
          patient: null,
          series: [{ instanceCount: 3, retrieveAe: 'EXPACS' }],
        });
        expect(await bookOf().nextDueAt()).toBe(night + hours(24));
        expect(await bookOf().missingAt('expacs')).toEqual(['1.2.6']);
      });

      test('a series that the PACS does not count is announced with one image, so that there is a row', async () => {
        await bookOf().begin(start);
        const { study: found, series } = study('1.2.5');
        const uncounted = { study: found, series: series.map((one) => ({ ...one, images: null })) };
        await bookOf().finish(peer, result({ missingHere: [uncounted] }), night);
        const { rows } = await sql<{
          value: string;
        }>`select value from ingest_outbox order by sequence limit 1`.execute(database.query);
        expect(JSON.parse(rows[0]?.value ?? '').data.series).toMatchObject([{ instanceCount: 1 }]);
      });

      test('a study whose order has a report is not put onto the list of what is to be read, and not told', async () => {
        await sqlMatchBook(database, { keys, limits: [] }).record([
          {
            id: 'r',
            type: 'report.issued',
            source: 'test',
            site: 'EX',
            key: keys.order('EX', 'F1'),
            stamp: { observedAt: start, ingestId: 'test', seq: 1 },
            data: {
              orderNumber: { filler: 'F1', placer: null },
              accessionNumbers: ['ACC'],
              studyInstanceUid: null,
              patient: null,
              status: 'final',
              issuedAt: null,
            },
          },
        ]);
        await bookOf().begin(start);
        await bookOf().finish(peer, result({ missingHere: [study('1.2.5', 'ACC')] }), night);
        expect(await told()).toEqual([]);
      });

      test.each<[string, ['report.issued' | 'order.placed', string, string][], boolean]>([
        ['preliminary', [['report.issued', 'F1', 'preliminary']], true],
        [
          'final, and cancelled later',
          [
            ['report.issued', 'F1', 'final'],
            ['report.issued', 'F1', 'cancelled'],
          ],
          true,
        ],
        [
          'cancelled, and final later',
          [
            ['report.issued', 'F1', 'cancelled'],
            ['report.issued', 'F1', 'final'],
          ],
          false,
        ],
        [
          'of one of its two orders',
          [
            ['order.placed', 'F1', ''],
            ['order.placed', 'F2', ''],
            ['report.issued', 'F1', 'final'],
          ],
          true,
        ],
        [
          'corrected, of its order',
          [
            ['order.placed', 'F1', ''],
            ['report.issued', 'F1', 'corrected'],
          ],
          false,
        ],
      ])(
        'a missing study whose report is %s comes onto the list unless that ends its reading',
        async (_which, events, comes) => {
          const facts = events.map(([type, filler, status], at) => ({
            id: `r-${at}`,
            type,
            source: 'test',
            site: 'EX',
            key: keys.order('EX', filler),
            stamp: { observedAt: start + at, ingestId: 'test', seq: at },
            data: {
              orderNumber: { filler, placer: null },
              accessionNumbers: ['ACC'],
              studyInstanceUid: null,
              requestedAt: null,
              status: status === '' ? null : status,
              issuedAt: null,
            },
          }));
          await sqlMatchBook(database, { keys, limits: [] }).record(facts as unknown as KnownEvent[]);
          await bookOf().begin(start);
          await bookOf().finish(peer, result({ missingHere: [study('1.2.5', 'ACC')] }), night);
          expect((await told()).includes('images.announced')).toBe(comes);
        },
      );

      test('notices end when the images come here, or there', async () => {
        await bookOf().begin(start);
        await bookOf().finish(peer, result({ missingHere: [study('1.2.5')], missingAtPacs: ['1.2.6'] }), night);
        await sqlMatchBook(database, { keys, limits: [] }).record([imagesOf(5)]);
        expect(await bookOf().nextDueAt()).toBe(0);
        await bookOf().retell(night + 5);
        expect(await standing()).toEqual(['missing-at-pacs expacs 1']);
        await bookOf().finish(peer, result({ arrivedAtPacs: ['1.2.6'] }), night + hours(24));
        expect(await standing()).toEqual([]);
      });

      test('which studies are here, with how many images, and which came first on a day', async () => {
        await sqlMatchBook(database, { keys, limits: [] }).record([imagesOf(5), imagesOf(6)]);
        expect((await bookOf().here('EX', ['1.2.5', '1.2.9'])).map(({ studyInstanceUid }) => studyInstanceUid)).toEqual(
          ['1.2.5'],
        );
        expect(await bookOf().here('NORTH', ['1.2.5'])).toEqual([]);
        expect((await bookOf().firstSeenOn(peer, 20260303)).toSorted()).toEqual(['1.2.5', '1.2.6']);
        expect(await bookOf().firstSeenOn({ ...peer, modalities: ['MR'] }, 20260303)).toEqual([]);
        expect(await bookOf().firstSeenOn(peer, 20260304)).toEqual([]);
      });

      test('a failure is told once, tried again after longer and longer waits, and over with the first success', async () => {
        await bookOf().begin(start);
        for (const [index, wait] of [1, 5, 15, 60, 60].entries()) {
          await bookOf().failed(peer, 'VRG_DICOM_PEER_UNAVAILABLE', night + index);
          expect(await bookOf().nextDueAt()).toBe(night + index + minutes(wait));
        }
        expect(await told()).toEqual(['operation.raised pacs-comparison-failed expacs 1']);
        await bookOf().finish(peer, result(), night + hours(3));
        expect([await standing(), await bookOf().nextDueAt()]).toEqual([[], night + hours(24)]);
      });

      test('a PACS that the protocol names no more is told of no more', async () => {
        await bookOf().begin(start);
        await bookOf().finish(peer, result({ missingAtPacs: ['1.2.6'] }), night);
        await bookOf([]).begin(night + 5);
        expect([await standing(), await bookOf([]).nextDueAt()]).toEqual([[], undefined]);
      });
    });
  });
}
