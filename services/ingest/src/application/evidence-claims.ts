/** Names a text that is kept: SHA-256 as 64 hex digits, and its length in bytes. */
export type EvidenceClaim = { readonly digest: string; readonly bytes: number };

/** Contents that are too large for a fact, by their digest. */
export interface EvidenceClaims {
  /**
   * Resolves when the text is durable; the same text again changes nothing. Rejects with `VRG_STORAGE_FULL` when the store or the disk is full, and with `VRG_UNAVAILABLE`
   * for any other failure of the disk: in both cases nothing was kept.
   */
  keep(text: Uint8Array): Promise<EvidenceClaim>;
  /** The text as it was kept; `undefined` when there is none of this digest. */
  read(digest: string): Promise<Uint8Array | undefined>;
}
