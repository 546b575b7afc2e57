// Preloaded into a launcher (SLIPWAY_NODE): all that it waits for takes a twentieth, so that a test sees it give up.
const timers = require("node:timers/promises");
const { Socket } = require("node:net");

const FACTOR = 20;

const { setTimeout: setTimer } = globalThis;
globalThis.setTimeout = (call, ms, ...args) => setTimer(call, ms / FACTOR, ...args);

const { setTimeout: pause } = timers;
timers.setTimeout = (ms, ...args) => pause(ms / FACTOR, ...args);

const setDeadline = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => setDeadline(Math.ceil(ms / FACTOR));

const { setTimeout: setIdle } = Socket.prototype;
Socket.prototype.setTimeout = function (ms, ...args) {
  return setIdle.call(this, ms / FACTOR, ...args);
};
