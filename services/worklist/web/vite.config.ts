import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Files only, nothing inline: the pages run under `default-src 'self'`. `VOORRANG_API` names a running service for `npm run dev`. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: { proxy: { '/api': process.env.VOORRANG_API ?? 'http://127.0.0.1:8080' } },
});
