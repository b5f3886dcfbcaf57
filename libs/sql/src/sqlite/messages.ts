/** What crosses between the main loop and the SQLite thread. `file` opens on first use. */
export type SqliteRequest = {
  readonly id: number;
  readonly file: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
};

export type SqliteReply =
  | { readonly id: number; readonly rows: readonly unknown[]; readonly affected: number }
  | { readonly id: number; readonly errcode: number; readonly message: string };
