// Keeps the page for when there is no network: what was fetched last is what
// is shown then. With a network, the server's files always win.
const CACHE = "redis-lab";
// Nothing else is: what a class says is never an old copy.
const FILES = ["./", "style.css", "app.js", "words.js", "lab.js", "paint.js", "progress.js", "worker.js", "wasi.js",
  "redis-lab.wasm", "icon.svg", "manifest.webmanifest"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const own = FILES.some((name) => new URL(name, location).href === request.url.replace(/[?#].*/, ""));
  if (request.method !== "GET" || !own) return;
  event.respondWith(fetch(request).then(async (response) => {
    if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
    return response;
  }, async (error) => {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }));
});
