// Loaded before a program: once it has sent a login, an error that holds it is thrown where nobody catches it.
const { Socket } = require("node:net");

const { write } = Socket.prototype;
Socket.prototype.write = function (data, ...rest) {
  const text = Buffer.from(data).toString("latin1");
  if (/^authorization: /im.test(text))
    process.nextTick(() => {
      throw Object.assign(new TypeError(`this went wrong: ${text}`), { sent: text });
    });
  return write.call(this, data, ...rest);
};
