export { memoryParkingStore } from '../memory-parking-store.ts';
export { type BusContractOptions, type BusHarness, busContract } from './bus-contract.ts';
export { eventually } from './eventually.ts';
export { parkingStoreContract } from './parking-store-contract.ts';
export { Recorder } from './recorder.ts';
