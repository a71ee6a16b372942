const { rm } = require('node:fs/promises')

/** Takes down what global-setup.cjs put up. The server goes last. */
module.exports = async function globalTeardown() {
  const own = globalThis.goniecTestServer
  // With our own server the template goes with it; on somebody else's we tidy up.
  if (!own) await globalThis.goniecTestTemplate?.drop()
  await own?.server.stop()
  if (own) await rm(own.dir, { recursive: true, force: true })
}
