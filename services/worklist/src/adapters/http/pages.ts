import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';

/** Addresses that the pages themselves resolve in the browser. */
const pagePaths = ['/', '/studies/*rest', '/alerts', '/alerts/*rest', '/sign-in'];

const rootFile = /^\/[\w-]+\.(?!html$)\w+$/;

const notBuilt =
  'The pages are not built. Run "npm start", which builds them, or "npx vite build services/worklist/web".\n';

/** The built pages. Files named by their content never change; the page that names them is asked for every time. */
export function pageRoutes(webRoot: string): Router {
  const router = Router();
  router.use(
    '/assets',
    express.static(join(webRoot, 'assets'), { immutable: true, maxAge: '365d', index: false, redirect: false }),
  );
  router.get(pagePaths, (_request, response) => {
    const page = join(webRoot, 'index.html');
    if (!existsSync(page)) return void response.status(503).type('text/plain').send(notBuilt);
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(page, { cacheControl: false });
  });
  const files = express.static(webRoot, {
    index: false,
    redirect: false,
    cacheControl: false,
    setHeaders: revalidated,
  });
  // Icons and the like beside the page; everything else is somebody else's address and costs no look at the disk.
  router.use((request, response, next) => (rootFile.test(request.path) ? files(request, response, next) : next()));
  return router;
}

const revalidated = (response: { setHeader(name: string, value: string): void }): void =>
  response.setHeader('Cache-Control', 'no-cache');
