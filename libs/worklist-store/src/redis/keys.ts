/**
 * Every key name of the worklist in Redis, for the client and for the scripts alike. All carry the hash tag `{wl}`, so one script may touch
 * all of them, on a cluster too. A generation is one whole content of the worklist; `meta` names the one that readers see.
 */
export type KeyNames = {
  /** What all names begin with; scripts make the rest from it. */
  readonly stem: string;
  /** Hash: fence, epoch, generation, building, buildingRevision, revision, writes, floor, generations. */
  readonly meta: string;
  /** Hash: partition to applied position. */
  readonly positions: string;
  /** Set: generations that are no longer read and wait to be deleted. */
  readonly garbage: string;
  /** Channel of wake-ups; the messages say nothing. */
  readonly channel: string;
};

export function keyNames(prefix: string): KeyNames {
  const stem = `${prefix}{wl}`;
  return {
    stem,
    meta: `${stem}:meta`,
    positions: `${stem}:positions`,
    garbage: `${stem}:garbage`,
    channel: `${stem}:changed`,
  };
}

/** The names within one generation `g`, as Lua: which lists and sites there are is known to the data only. */
export const luaKeyNames = `
local function row_key(stem, g) return stem .. ':' .. g .. ':row' end
local function index_key(stem, g) return stem .. ':' .. g .. ':index' end
local function rest_key(stem, g) return stem .. ':' .. g .. ':rest' end
local function floors_key(stem, g) return stem .. ':' .. g .. ':floors' end
local function lists_key(stem, g) return stem .. ':' .. g .. ':lists' end
local function order_key(stem, g, site, list) return stem .. ':' .. g .. ':order:' .. site .. '/' .. list end
local function base_key(stem, g, site, list) return stem .. ':' .. g .. ':base:' .. site .. '/' .. list end
local function feed_key(stem, g, site, list) return stem .. ':' .. g .. ':feed:' .. site .. '/' .. list end
local function tokens_key(stem, g, site) return stem .. ':' .. g .. ':tokens:' .. site end
`;
