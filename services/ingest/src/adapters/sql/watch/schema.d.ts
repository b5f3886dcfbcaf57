import type { Migration } from '@voorrang/sql';
/** Slots in which a sender was heard. The sender '' is ourselves: slots in which we listened. */
type HeardRow = {
    sender: string;
    slot_at: number;
    messages: number;
    last_at: number;
};
/** A sender that the protocol names. `due_at` is when to look at it again; `rhythm` and `skew` are JSON. */
type SenderRow = {
    sender: string;
    site: string;
    watched_since: number;
    due_at: number | null;
    silent_since: number | null;
    folded_to: number;
    rhythm: string | null;
    skew: string | null;
    tls: number | null;
};
/** A notice to operators; `cleared_at` is null while it stands. `detail` is JSON without patient data. */
type OperationRow = {
    operation_id: string;
    kind: string;
    site: string;
    subject: string;
    count: number;
    since: number;
    cleared_at: number | null;
    detail: string;
};
/** An order that may wait for images; times of facts are stamps as text that sorts. `matched` 1: images are there. */
type AwaitedOrderRow = {
    order_key: string;
    site: string;
    study_key: string | null;
    first_placed: string | null;
    last_placed: string | null;
    last_cancelled: string | null;
    status: string | null;
    status_stamp: string | null;
    requested_at: number | null;
    requested_stamp: string | null;
    reported: number;
    first_at: number;
    matched: number;
    due_at: number | null;
    told: number;
};
/** A study that we have or know of. `images`: instances were sent here; `announced`: somebody told of them. `ordered` 1: an order is there. */
type AwaitedStudyRow = {
    study_key: string;
    site: string;
    study_uid: string;
    modalities: string;
    images: number;
    announced: number;
    evidence: number;
    first_at: number;
    ordered: number;
    due_at: number | null;
    told: number;
};
/** What links orders and studies: opaque tokens of accession number, study and placer number. `side` is 'order' or 'study'. */
type LinkRow = {
    token: string;
    side: string;
    id: string;
};
/** A PACS that is compared: when next, and from which local day (YYYYMMDD) on. */
type PacsRow = {
    name: string;
    next_at: number;
    from_day: number;
    failures: number;
    compared_at: number | null;
    result: string | null;
};
/** A study that one side does not have; `kind` is that of the notice. */
type PacsDifferenceRow = {
    pacs: string;
    study_key: string;
    kind: string;
    study_uid: string;
    found_at: number;
};
export type WatchSchema = {
    ingest_heard: HeardRow;
    ingest_sender: SenderRow;
    ingest_operation: OperationRow;
    ingest_awaited_order: AwaitedOrderRow;
    ingest_awaited_study: AwaitedStudyRow;
    ingest_awaited_link: LinkRow;
    ingest_pacs: PacsRow;
    ingest_pacs_difference: PacsDifferenceRow;
};
export declare const watchMigration: Migration;
export {};
