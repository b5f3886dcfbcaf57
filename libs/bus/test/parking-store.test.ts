import { memoryParkingStore, parkingStoreContract } from '../src/testing/index.ts';

parkingStoreContract('in memory', async () => ({ store: memoryParkingStore(), dispose: async () => undefined }));
