/**
 * The file operations that durability rests on, as a port: the real one is Node's, the one for tests forgets at a crash what was not synced.
 * Every method may reject with the operating system's error; `code` is kept (`ENOSPC`, `EIO`, ...).
 */
export interface FileSystem {
  /** Creates the directory and its missing parents. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, sorted. Empty when it does not exist. */
  list(path: string): Promise<string[]>;
  open(path: string, mode: 'read' | 'append' | 'truncate'): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes names created, renamed or removed in the directory durable. */
  syncDirectory(path: string): Promise<void>;
}

export interface FileHandle {
  /** Bytes read, fewer at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at the end. */
  append(bytes: readonly Uint8Array[]): Promise<void>;
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Makes content and length durable (`fdatasync`). */
  sync(): Promise<void>;
  close(): Promise<void>;
}
