// Loaded into every gateway before its own code, so that a wake costs little (ADR 18). The clock goes on while an instance is
// frozen: after a sleep all that shall happen when there was nothing to do for a while happens at once, before the message that
// woke it is read.
'use strict'

// V8 collects all garbage of every thread when a while was quiet. After a sleep that reads all of its memory back.
require('node:v8').setFlagsFromString('--no-memory-reducer')

// OpenClaw ends threads that the answer needs, and starts them again, which takes seconds. So a timer that keeps nothing alive
// (unref) and comes late gets its time once more. Whatever must be in time is not such a timer.
const LONG = 5_000 // milliseconds, as all of these
const LATE = 2_000 // an event loop is hardly ever that busy

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name]
  const patient = (callback, delay, ...rest) => {
    if (typeof callback !== 'function' || !(delay >= LONG)) {
      return real(callback, delay, ...rest)
    }
    let due = performance.now() + delay
    const timer = real(
      function (...values) {
        const late = performance.now() - due > LATE
        due = performance.now() + delay
        if (late && !timer.hasRef()) {
          if (name === 'setTimeout') {
            timer.refresh()
          }
          return undefined
        }
        return callback.apply(this, values)
      },
      delay,
      ...rest,
    )
    const refresh = timer.refresh
    timer.refresh = function () {
      due = performance.now() + delay
      return refresh.call(this)
    }
    return timer
  }
  globalThis[name] = Object.defineProperties(patient, Object.getOwnPropertyDescriptors(real))
}
