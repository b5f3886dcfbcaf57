import { sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { instancesStory } from '../support/instances-story.ts';

instancesStory('SQLite', async () => sqliteProvider({ directory: (await tempDirectory()).path }));
