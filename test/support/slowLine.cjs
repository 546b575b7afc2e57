// Preloaded into a program: by its clock, a tenth of a second passes whenever it looks, as if it had waited for a line.
const LOOK_MS = 100;

let now = 0;
performance.now = () => (now += LOOK_MS);
