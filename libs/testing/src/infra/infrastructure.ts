export const infrastructureKinds = ['kafka', 'redis', 'postgres'] as const;
export type InfrastructureKind = (typeof infrastructureKinds)[number];

/** A server that tests can use. `address` is `host:port` for Kafka, a URL for Redis and PostgreSQL. */
export type RunningInfrastructure = {
  readonly kind: InfrastructureKind;
  /** `given` by an environment variable, in `docker`, or a `local` program started for the tests. */
  readonly how: 'given' | 'docker' | 'local';
  readonly address: string;
  /** What was found, such as `local Apache Kafka 4.1.1`. */
  readonly detail: string;
  /** True for servers that belong to the caller: the five functions below work. They reject for a given server. */
  readonly owned: boolean;
  /** SIGKILL, and waits until the process is gone. Data on disk stay. */
  kill9(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
  /**
   * Starts again after `kill9` (or stops and starts) at the same address; resolves when it answers.
   * The data are the same, or gone with `empty`.
   */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
  /** Ends the server and removes its data. For a given or shared server it does nothing. */
  stop(): Promise<void>;
};

export type AbsentInfrastructure = {
  readonly kind: InfrastructureKind;
  readonly how: 'absent';
  /** Why there is none, in one clause. */
  readonly reason: string;
};

export type Infrastructure = RunningInfrastructure | AbsentInfrastructure;

/** With `VOORRANG_TEST_REQUIRE=1` a test that finds no infrastructure fails instead of being skipped. */
export const infrastructureRequired = (): boolean => process.env.VOORRANG_TEST_REQUIRE === '1';
