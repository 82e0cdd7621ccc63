// Decides how the web app is built: one static bundle for `/`, no inline script or style, so that a strict CSP holds.
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The build: hashed files below `dist/assets`, nothing inlined as a `data:` address but small images. */
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: true },
});
