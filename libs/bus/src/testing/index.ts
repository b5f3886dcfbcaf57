export { HostileBus, type HostileBusOptions } from '../hostile/hostile-bus.ts';
export { HostileLog } from '../hostile/hostile-log.ts';
export type { Hostility } from '../hostile/hostile-partition.ts';
export { memoryParkingStore } from '../memory-parking-store.ts';
export { type BusContractOptions, type BusHarness, busContract } from './bus-contract.ts';
export { eventually } from './eventually.ts';
export { parkingStoreContract } from './parking-store-contract.ts';
export { Recorder } from './recorder.ts';
