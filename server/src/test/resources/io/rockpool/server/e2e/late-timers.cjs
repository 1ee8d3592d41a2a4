// Loads the file that is its argument with a clock and timers of its own, and prints how often each timer called.
'use strict'

let now = 0
performance.now = () => now

class Timer {
  constructor(callback, delay, ...values) {
    Object.assign(this, { callback, values, referenced: true })
  }
  unref() {
    this.referenced = false
    return this
  }
  hasRef() {
    return this.referenced
  }
  refresh() {
    return this
  }
  fireAt(time) {
    now = time
    this.callback(...this.values)
  }
}

globalThis.setTimeout = (...given) => new Timer(...given)
globalThis.setInterval = (...given) => new Timer(...given)
require(process.argv[2])

const calls = {}
function timer(name, make, delay) {
  now = 0
  calls[name] = 0
  return make((by) => (calls[name] += by), delay, 1)
}

timer('in time', setTimeout, 60_000).unref().fireAt(60_100)
timer('late', setTimeout, 60_000).unref().fireAt(400_000)
timer('late and awaited', setTimeout, 60_000).fireAt(400_000)
timer('late and short', setTimeout, 1_000).unref().fireAt(400_000)

const again = timer('late, then in time', setTimeout, 60_000).unref()
again.fireAt(400_000)
again.fireAt(460_000)

const interval = timer('late interval, then in time', setInterval, 60_000).unref()
interval.fireAt(400_000)
interval.fireAt(460_000)

const refreshed = timer('refreshed', setTimeout, 60_000).unref()
now = 59_000
refreshed.refresh()
refreshed.fireAt(119_000)

console.log(JSON.stringify(calls))
